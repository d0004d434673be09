/** The part of the account page that is about this browser. Without a script there is nothing to switch. */
export async function start(root) {
  const { BrowserSettings } = await import('../on_demand/browser_settings.js');
  await new BrowserSettings(root).begin();
  root.hidden = false;
}
