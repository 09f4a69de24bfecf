//! `direct_line:` of the settings: Microsoft's Web Chat and other clients of Direct Line 3.0.
//!
//! ```yaml
//! direct_line: { secret: DIRECT_LINE_SECRET, site: main, origins: ["https://www.example.com"] }
//! ```

use serde::Deserialize;

use crate::config::Sites;
use crate::config::mistakes::{Mistakes, no_site};
use crate::config::values::check_pattern;
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
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Written {
    secret: Option<String>,
    site: Option<String>,
    origins: Option<Vec<String>>,
}

/// Reads `direct_line:`. Without a site it is the first; without origins they are the site's.
pub(super) fn read(written: Written, sites: &Sites, mistakes: &mut Mistakes) -> Option<DirectLineConfig> {
    let secret = written.secret.filter(|secret| !secret.is_empty());
    if secret.is_none() {
        mistakes.missing(&["direct_line"], "secret", "it names the environment variable that holds the secret");
    }
    if let Some(what) = written.site.as_deref().and_then(|site| no_site(site, sites)) {
        mistakes.value(&["direct_line", "site"], what);
    }
    let found = match &written.site {
        Some(named) => sites.all.get_key_value(named.as_str()),
        None => sites.all.first(),
    };
    let origins = written.origins.map(|origins| {
        let checked = origins.iter().enumerate().filter_map(|(number, origin)| {
            let path = ["direct_line", "origins", &number.to_string()];
            check_pattern(origin).map_err(|what| mistakes.value(&path, what)).ok()
        });
        checked.collect()
    });
    let (site, its) = found?;
    let origins = origins.unwrap_or_else(|| its.origins.clone());
    Some(DirectLineConfig { secret: secret?, site: site.clone(), origins })
}
