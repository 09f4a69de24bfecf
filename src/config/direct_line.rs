//! `direct_line:` of the settings: Microsoft's Web Chat and other clients of Direct Line 3.0.
//!
//! ```yaml
//! direct_line: { secret: DIRECT_LINE_SECRET, site: main, origins: ["https://www.example.com"] }
//! ```

use indexmap::IndexMap;
use serde::Deserialize;

use crate::config::{SiteConfig, check_pattern};
use crate::id::SiteId;

/// The channel as it is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectLineConfig {
    /// The environment variable that holds the secret.
    pub secret: String,
    /// The site whose bot answers.
    pub site: SiteId,
    /// Origins of the pages that may use it.
    pub origins: Vec<String>,
}

/// What is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    secret: String,
    site: Option<String>,
    origins: Option<Vec<String>>,
}

/// Reads `direct_line:`. Without a site it is the first; without origins they are the site's. What is wrong comes with the path
/// below the setting.
pub(super) fn read(
    written: Written,
    sites: &IndexMap<SiteId, SiteConfig>,
) -> Result<DirectLineConfig, (Vec<String>, String)> {
    let at = |path: &str| vec![path.to_owned()];
    if written.secret.is_empty() {
        return Err((at("secret"), "the name of an environment variable belongs here".to_owned()));
    }
    let found = match &written.site {
        Some(named) => sites.get_key_value(named.as_str()),
        None => sites.first(),
    };
    let (site, its) = found.ok_or_else(|| {
        let known: Vec<_> = sites.keys().map(SiteId::as_str).collect();
        let named = written.site.as_deref().unwrap_or_default();
        (at("site"), format!("there is no site \"{named}\"; there are {}", known.join(", ")))
    })?;
    let origins = match written.origins {
        None => its.origins.clone(),
        Some(origins) => {
            let checked = origins.iter().enumerate().map(|(number, origin)| {
                check_pattern(origin).map_err(|what| (vec!["origins".to_owned(), number.to_string()], what))
            });
            checked.collect::<Result<_, _>>()?
        }
    };
    Ok(DirectLineConfig { secret: written.secret, site: site.clone(), origins })
}
