/** Does what may fail without disturbing the conversation. */
export async function quietly(act) {
  try {
    await act();
  } catch (error) {
    console.info('notifications:', error.message);
  }
}
