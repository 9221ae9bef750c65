//! Calls to other hosts.
//!
//! Straight through the runtime's own `fetch`: the request type of the crate `worker` brings the
//! settings of image resizing and their serialisation along with every request that is made.

use worker::js_sys::{Uint8Array, global};
use worker::wasm_bindgen::JsCast;
use worker::web_sys::{AbortSignal, RequestInit, RequestRedirect, WorkerGlobalScope};

use crate::host::{Headers, Request, Response, Result, kept};

/// One call.
#[derive(Debug)]
pub(crate) struct Call<'c> {
    pub(crate) method: &'static str,
    pub(crate) url: &'c str,
    pub(crate) headers: Headers,
    pub(crate) body: Option<&'c [u8]>,
    /// How long it may take, the answer's body included.
    pub(crate) timeout_ms: u32,
}

impl Call<'_> {
    /// Makes the call. A redirect is an answer: what is sent goes to this address and to no other.
    ///
    /// # Errors
    /// The runtime's error when no answer came in time.
    pub(crate) async fn send(self) -> Result<Response> {
        let init = init(self.method, self.body);
        init.set_headers_headers(&self.headers);
        init.set_redirect(RequestRedirect::Manual);
        let signal = AbortSignal::timeout_with_u32(self.timeout_ms);
        init.set_signal(Some(&signal));
        let scope: WorkerGlobalScope = global().unchecked_into();
        Ok(kept(scope.fetch_with_str_and_init(self.url, &init)).await?.unchecked_into())
    }
}

/// A request to a Durable Object, which nobody else ever sees.
///
/// # Errors
/// The runtime's error when it cannot be made.
pub(crate) fn request(url: &str, body: Option<&[u8]>) -> Result<Request> {
    Ok(Request::new_with_str_and_init(url, &init("POST", body))?)
}

fn init(method: &str, body: Option<&[u8]>) -> RequestInit {
    let init = RequestInit::new();
    init.set_method(method);
    if let Some(body) = body {
        init.set_body(&Uint8Array::from(body));
    }
    init
}
