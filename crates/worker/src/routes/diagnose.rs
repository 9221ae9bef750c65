//! `POST /diagnose/:source`: why a webhook would be refused. For whoever has the status token; what
//! is sent here is verified as on `/in/:source`, answered with what is probably wrong, and forgotten.

use farthing_core::inbox::Incoming;
use farthing_core::webhook::{Policy, Scheme, Seen, diagnose as findings};

use super::answer;
use super::receive::Signed;
use crate::ambient;
use crate::body;
use crate::config::{Config, Source};
use crate::host::{Headers, Request, Response};
use crate::json::{List, Map};
use crate::problem::Problem;
use crate::token;

/// What is answered. No secret is in it: only the label by which people tell one from another.
struct Diagnosis<'a> {
    source: &'a str,
    scheme: &'static str,
    /// Whether `/in/:source` would take it.
    accepted: bool,
    /// The secret that it was signed with: its place in the list, from 1, and its label.
    secret: Option<Matched<'a>>,
    /// What it would be known by.
    id: Option<String>,
    kind: Option<String>,
    /// What `/in/:source` would answer.
    error: Option<Found>,
    /// What is probably wrong, likeliest first.
    findings: Vec<Found>,
}

struct Matched<'a> {
    position: usize,
    label: Option<&'a str>,
}

struct Found {
    code: String,
    message: String,
}

impl Found {
    fn of(problem: &Problem) -> Self {
        Self { code: problem.code().to_owned(), message: problem.message() }
    }

    fn to_json(&self) -> String {
        Map::new().text("code", &self.code).text("message", &self.message).end()
    }
}

impl Diagnosis<'_> {
    fn to_json(&self) -> String {
        let null = || "null".to_owned();
        let secret = self.secret.as_ref().map_or_else(null, |Matched { position, label }| {
            let position = u64::try_from(*position).unwrap_or(u64::MAX);
            Map::new().count("position", position).maybe_text("label", *label).end()
        });
        Map::new()
            .text("source", self.source)
            .text("scheme", self.scheme)
            .flag("accepted", self.accepted)
            .raw("secret", &secret)
            .maybe_text("id", self.id.as_deref())
            .maybe_text("type", self.kind.as_deref())
            .raw("error", &self.error.as_ref().map_or_else(null, Found::to_json))
            .raw("findings", &List::of(&self.findings, Found::to_json))
            .end()
    }
}

/// Serves the route.
pub(super) async fn diagnose(
    request: Request,
    config: &Config,
    name: &str,
) -> Result<Response, Box<Problem>> {
    token::authorize(&request, config)?;
    let source = config.sources.get(name).ok_or(Problem::UnknownSource)?;
    let body = body::read(&request, config.body_max_bytes).await?;
    answer(&examined(source, &request.headers(), &body).to_json())
}

fn examined<'a>(source: &'a Source, headers: &Headers, body: &[u8]) -> Diagnosis<'a> {
    let mut diagnosis = Diagnosis {
        source: &source.name,
        scheme: source.scheme.name(),
        accepted: false,
        secret: None,
        id: None,
        kind: None,
        error: None,
        findings: Vec::new(),
    };
    let signed = Signed::read(source.scheme, headers);
    match signed.verified(source, body) {
        Ok((proof, incoming)) => {
            diagnosis.secret = source.secrets.get(proof.secret_index).map(|secret| Matched {
                position: proof.secret_index.saturating_add(1),
                label: secret.label(),
            });
            if let Incoming::Event(identity) = incoming {
                diagnosis.id = Some(identity.id);
                diagnosis.kind = identity.kind;
            }
        }
        Err(problem) => {
            diagnosis.findings = probable(source, &signed, headers, body);
            diagnosis.error = Some(Found::of(&problem));
        }
    }
    if let Err(problem) = body::accept_json(headers, body::Absent::Welcome) {
        diagnosis.findings.insert(0, Found::of(&problem));
        diagnosis.error = Some(Found::of(&problem));
    }
    diagnosis.accepted = diagnosis.error.is_none();
    diagnosis
}

fn probable(source: &Source, signed: &Signed, headers: &Headers, body: &[u8]) -> Vec<Found> {
    let has_header = |scheme: &Scheme| {
        let names = scheme.headers().signature;
        *scheme != source.scheme && names.split(',').any(|name| headers.has(name).unwrap_or(false))
    };
    let other = Scheme::ALL.into_iter().find(has_header);
    let Policy::Strict(tolerance) = source.policy else { return Vec::new() };
    let seen = Seen { headers: signed.headers(), other };
    findings((source.scheme, tolerance), &source.secrets, seen, body, ambient::now())
        .into_iter()
        .map(|found| Found { code: found.code.to_owned(), message: found.hint.into_owned() })
        .collect()
}
