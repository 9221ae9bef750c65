//! One try to hand something on: to an origin by POST (`origin`), or to a queue (`queue`).

mod origin;
mod queue;

use farthing_core::inbox::{Answer, answer};
use farthing_core::time::TimestampMs;

use super::shelf::Body;
use crate::config::{Config, ForwardSecret};
use crate::host::Env;

/// What a try came to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said {
    pub(super) answer: Answer,
    /// The status, where there was one.
    pub(super) status: Option<u16>,
    /// What its receiver asked to wait, in seconds.
    pub(super) retry_after_s: Option<u32>,
}

/// Where something goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way<'a> {
    /// By POST, signed with a secret of its own.
    Post { url: &'a str, secret: &'a ForwardSecret },
    /// To a queue by the name of its binding.
    Queue { binding: &'a str },
}

/// What is said of a try beside the body.
#[derive(Clone, Copy, Debug)]
pub(super) struct About<'a> {
    pub(super) source: &'a str,
    /// From 1.
    pub(super) try_number: u32,
    pub(super) now: TimestampMs,
}

/// Tries once.
pub(super) async fn send(
    env: &Env,
    config: &Config,
    way: Way<'_>,
    about: About<'_>,
    body: &Body,
) -> Said {
    let status = match way {
        Way::Post { url, secret } => {
            origin::post(url, secret, about, body, config.forward_timeout_ms).await
        }
        Way::Queue { binding } => {
            queue::send(env, binding, about, body, config.forward_timeout_ms).await
        }
    };
    match status {
        Ok((status, retry_after_s)) => {
            Said { answer: answer(Some(status)), status: Some(status), retry_after_s }
        }
        Err(_) => Said { answer: answer(None), status: None, retry_after_s: None },
    }
}
