// Sends a form of the settings without leaving the page.

export class Refusal extends Error {
  /** `fields`: what is wrong with each field, by its id; `message`: with all of it. */
  constructor(message, fields = {}) {
    super(message);
    this.fields = fields;
  }

  /** All of it, where no field is to be seen. */
  get words() {
    return [this.message, ...Object.values(this.fields)].filter(Boolean).join(' ');
  }
}

/** The server's answer, { saved, user }; rejects with a Refusal. Where the log-in has ended, the page goes there. */
export async function post(url, data) {
  let response;
  try {
    response = await fetch(url, {
      method: 'POST',
      body: data,
      headers: { Accept: 'application/json' },
      credentials: 'same-origin',
      redirect: 'manual',
    });
  } catch (error) {
    console.warn('saving', error);
    throw new Refusal('The server could not be reached, so nothing was saved. Try again in a moment.');
  }
  if (response.type === 'opaqueredirect') {
    location.reload();
    return new Promise(() => {});
  }
  const answer = await response.json().catch(() => null);
  if (response.ok && answer) return answer;
  if (!answer) throw new Refusal(wordsFor(response.status));
  throw new Refusal(answer.error.message, answer.error.fields);
}

function wordsFor(status) {
  if (status === 400) return 'This page is out of date. Load it again, then save once more.';
  if (status === 413) return 'This file is too large.';
  return 'The server cannot save anything right now. Try again in a moment.';
}
