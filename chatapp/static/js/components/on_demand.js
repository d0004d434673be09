import { showToast } from './toast.js';

/** A module of on_demand/, which is loaded when it is first wanted: load() imports it. Null, and told, when it cannot be. */
export async function loadModule(load) {
  try {
    return await load();
  } catch (error) {
    console.warn('a part of the page is missing', error); // no connection, or a newer version is being served by now
    showToast('This part of the page could not be loaded.', { label: 'Reload the page', act: () => location.reload() });
    return null;
  }
}
