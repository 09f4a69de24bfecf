//! The texts of language files: read before everything else, so that each text finds its translations.

use crate::flow::link::Linker;
use crate::flow::read::Translation;
use crate::flow::report::code;
use crate::flow::tree::shown;

impl Linker<'_> {
    pub(crate) fn translations(&mut self) {
        let files: Vec<_> =
            self.draft.languages.iter().map(|file| (file.language.clone(), file.at, file.doc.texts)).collect();
        for (language, at, texts) in files {
            if !self.reader.languages.contains(&language) {
                let known: Vec<&str> = self.reader.languages.iter().map(|language| language.as_str()).collect();
                let hint = format!("add it to `languages:` under `bot:`, which has {}", known.join(", "));
                let place = self.reader.tree.place(at);
                let message = format!("the bot has no language \"{}\"", shown(language.as_str()));
                self.reader.problems.error(code::UNKNOWN_NAME, place, message).hint(hint);
                continue;
            }
            let Some(texts) = texts else { continue };
            for (source, key, value) in self.reader.named(texts.node, "`texts`") {
                // A translation that is still to be written is missing, not wrong.
                if self.reader.tree.is_empty(value) {
                    continue;
                }
                let Some(text) = self.reader.translation(value) else { continue };
                let rows = self.reader.translations.entry(source.trim_end().to_owned()).or_default();
                if let Some(first) = rows.iter().find(|row| row.language == language) {
                    let (place, first) = (self.reader.tree.place(key), self.reader.tree.place(first.key));
                    self.reader
                        .problems
                        .error(code::DUPLICATE_NAME, place, "this text is already translated")
                        .related(first, "the first one");
                    continue;
                }
                rows.push(Translation { language: language.clone(), key, text, used: false });
            }
        }
    }

    pub(crate) fn unused_translations(&mut self) {
        let stale: Vec<_> = self
            .reader
            .translations
            .iter()
            .flat_map(|(source, rows)| rows.iter().filter(|row| !row.used).map(move |row| (source.clone(), row.key)))
            .collect();
        for (source, key) in stale {
            let place = self.reader.tree.place(key);
            self.reader
                .problems
                .warning(code::STALE_TRANSLATION, place, format!("the bot has no text \"{}\"", shown(&source)))
                .hint("the text was changed or taken out; `frontdesk texts` marks such entries");
        }
    }
}
