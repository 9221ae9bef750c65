// What the challenge page does beyond a form: it carries the embedding page's origin along, sends one
// answer only, and tells the embedding page that there is news. Which origins may be told is decided
// by the server: it writes `data-parent` only for one that is registered.

const carried = document.querySelector('input[name="parent"]')
const given = new URLSearchParams(location.hash.slice(1)).get('parent')
if (carried && given && window.parent !== window) carried.value = given

const form = document.querySelector('form')
form?.addEventListener('submit', (event) => {
  if (form.dataset.sent) event.preventDefault()
  form.dataset.sent = 'yes'
})
// A page that comes back from the browser's own store of pages can be answered again.
addEventListener('pageshow', () => delete form?.dataset.sent)

const told = document.querySelector('[data-parent]')?.dataset.parent
if (told && window.parent !== window) {
  window.parent.postMessage({ farthing: 'challenge', done: true }, told)
}
