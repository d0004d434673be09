// Small choices of this reader in this browser. Where storage is off they hold until the page closes.

const kept = new Map();

export function readPreference(name) {
  try {
    return localStorage.getItem(`chat.${name}`);
  } catch (error) {
    if (error instanceof DOMException) return kept.get(name) ?? null;
    throw error;
  }
}

export function writePreference(name, value) {
  kept.set(name, value);
  try {
    localStorage.setItem(`chat.${name}`, value);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}
