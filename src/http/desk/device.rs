//! What a browser says of itself, in words that people read: "Firefox 140, Windows". Browsers claim to be each other, so the
//! order matters: who pretends most comes first. What is not known is left out, never guessed.

/// Browsers by the mark of their own: those that also carry the marks of others first.
const BROWSERS: [(&str, &str); 14] = [
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("OPT/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("YaBrowser/", "Yandex Browser"),
    ("Vivaldi/", "Vivaldi"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
];

/// Systems by their marks: phones and tablets before the systems that they claim to be like.
const SYSTEMS: [(&str, &str); 9] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
    ("FreeBSD", "FreeBSD"),
];

/// The browser with its main version, and the system; none where neither is known.
pub(super) fn device(agent: &str) -> Option<String> {
    let browser = BROWSERS.iter().find_map(|(mark, name)| {
        let version = agent.split_once(mark)?.1;
        if *name == "Safari" && !agent.contains("Safari/") {
            return None;
        }
        let digits: String = version.chars().take_while(char::is_ascii_digit).take(4).collect();
        Some(if digits.is_empty() { (*name).to_owned() } else { format!("{name} {digits}") })
    });
    let system = SYSTEMS.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| (*name).to_owned());
    let known: Vec<String> = browser.into_iter().chain(system).collect();
    (!known.is_empty()).then(|| known.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_called_what_people_call_them() {
        let webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
        for (agent, expected) in [
            (format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {webkit} Chrome/141.0.0.0 Safari/537.36"), "Chrome 141, Windows"),
            (
                format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {webkit} Chrome/141.0.0.0 Safari/537.36 Edg/141.0.1"),
                "Edge 141, Windows",
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".to_owned(), "Firefox 140, Linux"),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1".to_owned(),
                "Safari 18, iPhone",
            ),
            (
                format!("Mozilla/5.0 (Linux; Android 14; SM-S911B) {webkit} SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36"),
                "Samsung Internet 25, Android",
            ),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15".to_owned(), "Safari 17, macOS"),
        ] {
            assert_eq!(device(&agent).as_deref(), Some(expected));
        }
        for agent in ["", "curl/8.5.0", "<script>alert(1)</script>", "Version/"] {
            assert_eq!(device(agent), None, "{agent}");
        }
    }
}
