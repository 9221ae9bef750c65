// The card frame in a page without the element: whoever holds the page's end can say anything.

/** Embeds the frame as a page without the element would: runs in the page. */
export async function embed([payOrigin, key]) {
  const iframe = document.createElement('iframe')
  iframe.name = 'farthing-card'
  iframe.src = `${payOrigin}/farthing/frame?key=${key}#parent=${encodeURIComponent(location.origin)}`
  const ready = new Promise((resolve) => addEventListener('message', resolve, { once: true }))
  document.body.append(iframe)
  await ready
  const { port1, port2 } = new MessageChannel()
  const heard = []
  port1.onmessage = ({ data }) => heard.push(data.type)
  globalThis.embedded = { port: port1, heard }
  const settings = { scheme: 'light', theme: {}, locale: 'en', isDisabled: false }
  iframe.contentWindow.postMessage({ farthing: 'connect', protocol: 2, settings }, payOrigin, [
    port2,
  ])
  const unlike = () => heard.filter((type, i) => type !== heard[i - 1] && heard.indexOf(type) === i)
  for (let i = 0; i < 100 && unlike().length < 3; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await new Promise((resolve) => setTimeout(resolve, 100))
  const said = unlike().sort(
    (a, b) => ['mounted', 'height', 'state'].indexOf(a) - ['mounted', 'height', 'state'].indexOf(b),
  )
  heard.splice(0, heard.length, ...said)
  return said
}
