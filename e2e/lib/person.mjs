// Who a visitor is, before the page begins and at the door of the accounts.

/** Runs in the browser: which appearance and language the page has. */
export function choose([theme, lang]) {
  localStorage.setItem('tablee.theme', theme);
  localStorage.setItem('tablee.lang', lang);
}

/** Runs in the browser: the same, and the name that a person has used before. */
export function introduce([name, theme = 'light', lang = 'en']) {
  localStorage.setItem('tablee.name', name);
  localStorage.setItem('tablee.theme', theme);
  localStorage.setItem('tablee.lang', lang);
}

/** Logs in with a password, to the admin's pages. */
export async function logIn(v, login, password) {
  await v.goto('/login');
  await v.shown('form-login');
  await v.fill('f-login', login);
  await v.fill('f-password', password);
  await v.click('submit-login');
  await v.shown('dial');
}
