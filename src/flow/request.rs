//! The HTTP request that a service is asked with. The environment and secrets are asked for here and nowhere else, by name;
//! no error ever holds a value.

use std::collections::BTreeSet;

use minijinja::Value;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value as Json};

use crate::flow::evaluate::{self, Named, Names, Reader};
use crate::flow::{Expr, Method, Piece, Service, Template};

/// What is sent.
#[derive(Clone, PartialEq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The whole address.
    pub url: String,
    /// The author's headers.
    pub headers: Vec<(String, String)>,
    /// The body, sent as JSON.
    pub body: Option<Json>,
}

/// Secrets may stand anywhere in it, so nothing but its method is ever printed.
impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request").field("method", &self.method).finish_non_exhaustive()
    }
}

/// Why a request cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// An environment variable is missing.
    #[error("the service \"{service}\" needs the environment variable {name}, which is not set")]
    MissingEnv {
        /// The service.
        service: String,
        /// The variable.
        name: String,
    },
    /// A secret is missing.
    #[error("the service \"{service}\" needs the secret {name}, which is not set")]
    MissingSecret {
        /// The service.
        service: String,
        /// The secret.
        name: String,
    },
    /// An expression cannot be computed.
    #[error("the service \"{service}\" cannot be asked: {{{{ {expression} }}}} gives nothing: {problem}")]
    Expression {
        /// The service.
        service: String,
        /// The expression as written.
        expression: String,
        /// What kind of problem, without any value.
        problem: String,
    },
}

/// The names of environment variables and secrets that a service uses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs {
    /// `env.NAME`.
    pub env: BTreeSet<String>,
    /// `secret.NAME`.
    pub secrets: BTreeSet<String>,
}

/// What a service needs from outside, so that `serve` can say at its start what is missing.
pub fn needs(service: &Service) -> Needs {
    let mut needs = Needs::default();
    let templates = std::iter::once(&service.url).chain(service.headers.iter().map(|(_, value)| value));
    let expressions = templates.flat_map(Template::expressions);
    for expr in expressions.chain(service.body.iter().flat_map(|body| body.expressions())) {
        for read in expr.parts().reads {
            match &read.path[..] {
                [root, name, ..] if root == "env" => needs.env.insert(name.clone()),
                [root, name, ..] if root == "secret" => needs.secrets.insert(name.clone()),
                _ => false,
            };
        }
    }
    needs
}

/// Makes the request of a service from what `with` holds. In the address every value is percent-encoded, except what comes
/// from `env` alone. Without a body of its own, everything but a GET sends what `with` holds.
pub fn request(
    service: &Service,
    with: &Map<String, Json>,
    env: &dyn Fn(&str) -> Option<String>,
    secret: &dyn Fn(&str) -> Option<String>,
) -> Result<Request, RequestError> {
    let name = || service.name.0.clone();
    let needs = needs(service);
    if let Some(missing) = needs.env.iter().find(|needed| env(needed).is_none()) {
        return Err(RequestError::MissingEnv { service: name(), name: missing.clone() });
    }
    if let Some(missing) = needs.secrets.iter().find(|needed| secret(needed).is_none()) {
        return Err(RequestError::MissingSecret { service: name(), name: missing.clone() });
    }
    let names = ServiceNames { with, env, secret };
    let run = |expr: &Expr| {
        evaluate::evaluate(expr, &names).map_err(|error| RequestError::Expression {
            service: name(),
            expression: expr.source.clone(),
            problem: error.kind().to_string(),
        })
    };
    let expressions =
        service.url.expressions().chain(service.headers.iter().flat_map(|(_, value)| value.expressions()));
    for expr in expressions {
        run(expr)?;
    }
    let text = |expr: &Expr| run(expr).map(|evaluated| evaluated.print()).unwrap_or_default();
    let url = service.url.join(|expr| if only_env(expr) { text(expr) } else { encode(&text(expr)) });
    let headers = service.headers.iter().map(|(key, value)| (key.clone(), one_line(&value.join(text)))).collect();
    let body = match (&service.body, service.method) {
        (Some(body), _) => Some(body.build(&|template| match &template.pieces[..] {
            [Piece::Expr(expr)] => run(expr).map_or(Json::Null, |evaluated| evaluated.json()),
            _ => Json::String(template.join(text)),
        })),
        (None, Method::Get) => None,
        (None, _) => Some(Json::Object(with.clone())),
    };
    Ok(Request { method: service.method, url, headers, body })
}

/// Everything but unreserved characters becomes `%XX`.
pub(super) fn encode(value: &str) -> String {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(value, KEPT).to_string()
}

/// A header's value: a line break in a visitor's words would begin another header.
fn one_line(value: &str) -> String {
    value.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

fn only_env(expr: &Expr) -> bool {
    let parts = expr.parts();
    !parts.reads.is_empty() && parts.reads.iter().all(|read| read.path.first().is_some_and(|root| root == "env"))
}

struct ServiceNames<'a> {
    with: &'a Map<String, Json>,
    env: &'a dyn Fn(&str) -> Option<String>,
    secret: &'a dyn Fn(&str) -> Option<String>,
}

impl Names for ServiceNames<'_> {
    fn named(&self, path: &[String]) -> Option<Named> {
        match path {
            [root, name] if root == "env" => (self.env)(name).map(Named::plain),
            [root, name] if root == "secret" => (self.secret)(name).map(Named::plain),
            [root, rest @ ..] => {
                let value = rest.iter().try_fold(self.with.get(root)?, |value, key| value.get(key))?;
                Some(Named::plain(evaluate::data(value)))
            }
            [] => None,
        }
    }

    fn function(&self, name: &str) -> Option<Value> {
        (name == "known").then(|| Value::from_function(|value: Value| !evaluate::is_unset(&value)))
    }

    fn reader(&self) -> Option<Reader> {
        None
    }
}

#[cfg(test)]
mod tests;
