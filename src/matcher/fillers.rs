//! Words of courtesy and hesitation at the ends of a message, which change nothing about what it asks for: one table row for each
//! language, as templates.

/// Templates by language.
pub(super) const FILLERS: &[(&str, &[&str])] = &[
    (
        "en",
        &[
            "(please|pls|plz)",
            "(hello|hi|hey|hiya) [there]",
            "good (morning|afternoon|evening|day)",
            "(thanks|thank you|thx|ty|cheers) [a lot|so much|very much|in advance]",
            "(ok|okay|so|well|um|uh|hmm|oh|just|actually)",
            "sorry",
            "excuse me",
            "dear (sir|madam|team)",
        ],
    ),
    (
        "cy",
        &[
            "(os gwelwch yn dda|os gweli di'n dda|plis)",
            "(helo|shwmae|shw mae|s'mae|su'mae|haia)",
            "(bore|prynhawn|noswaith|dydd) da",
            "(diolch|diolch yn fawr) [iawn|i chi|o flaen llaw]",
            "(iawn|wel|felly)",
            "mae'n ddrwg gen i",
            "esgusodwch fi",
        ],
    ),
    (
        "fil",
        &[
            "(po|opo|please|paki|pakiusap)",
            "(kumusta|kamusta|hello|hi) [po]",
            "magandang (umaga|hapon|gabi|araw|tanghali) [po]",
            "(salamat|maraming salamat|thank you|thanks) [po|talaga]",
            "(ok|okay|sige|kasi|ano)",
            "pasensya [na] [po]",
            "excuse me [po]",
        ],
    ),
    (
        "fa",
        &[
            "(لطفا|لطفاً|خواهشا|خواهش می‌کنم|بی زحمت)",
            "(سلام|درود|سلام علیکم) [خوبید|خسته نباشید]",
            "(صبح|عصر|شب|روز) بخیر",
            "وقت بخیر",
            "(ممنون|مرسی|متشکرم|سپاس|تشکر|با تشکر|خیلی ممنون)",
            "ببخشید",
            "(خب|خوب|باشه)",
        ],
    ),
    (
        "el",
        &[
            "παρακαλώ",
            "(γεια|γεια σας|γεια σου|χαίρετε|καλησπέρα|καλημέρα|καλό απόγευμα)",
            "(ευχαριστώ|σας ευχαριστώ|ευχαριστώ πολύ|ευχαριστώ εκ των προτέρων)",
            "(λοιπόν|ωραία|εντάξει|οκ)",
            "συγγνώμη",
            "με συγχωρείτε",
        ],
    ),
];
