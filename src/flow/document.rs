//! One item as typed: which keys it has and what kind of value each takes. The editor schema is made from these types, and
//! so is the list of keys that a report suggests.

use schemars::JsonSchema;
use serde::Deserialize;

pub(crate) use crate::flow::kinds::*;

/// A struct of fields, with docs that become the editor's help.
macro_rules! item {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $kind:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Deserialize, JsonSchema)]
        #[schemars(deny_unknown_fields)]
        #[allow(dead_code, reason = "some keys are read from the tree, before or beside their item; the schema needs them all")]
        pub(crate) struct $name {
            $($(#[$field_doc])* pub(crate) $field: $kind,)*
        }
    };
}

/// A field that may be left out.
type Maybe<T> = Option<Field<T>>;

item!(
    /// A file of a Frontdesk bot. All files of the folder are one bot.
    FileDoc {
        /// The bot itself; stands exactly once.
        bot: Maybe<BotDoc>,
        /// Ready parts of a bot: small_talk answers hello, thanks, goodbye, "are you a robot?" and the like.
        r#use: Maybe<Ready>,
        /// Makes this a file of one language: it then holds only texts, phrases, not_phrases, keywords, values, words and snippets.
        language: Maybe<Word>,
        /// What happens when the bot is not sure, or something fails.
        fallback: Maybe<FallbackDoc>,
        /// When a visitor who loses patience is offered a person.
        frustration: Maybe<FrustrationDoc>,
        /// Pieces of sentences that phrases use as <name>.
        snippets: Maybe<Data>,
        /// Words, each with other words and word groups that count as it wherever the bot reads them.
        words: Maybe<Named<Lines>>,
        /// What visitors may want.
        intents: Maybe<Named<IntentDoc>>,
        /// Kinds of values beside the built-in ones.
        entities: Maybe<Named<EntityDoc>>,
        /// Tasks, each a list of steps.
        flows: Maybe<Named<FlowDoc>>,
        /// What flows call.
        services: Maybe<Named<ServiceDoc>>,
        /// Where people wait for a person.
        queues: Maybe<Named<QueueDoc>>,
        /// Timetables.
        hours: Maybe<Named<Timetable>>,
        /// Ready answers that agents put into a conversation by their names; {{ agent.name }} is whoever sends them.
        replies: Maybe<Named<Says>>,
        /// What the closed chat says by itself to visitors of the website.
        invites: Maybe<Named<InviteDoc>>,
        /// Conversations that must go as written.
        tests: Maybe<Tests>,
        /// Only with language: the source text and its translation.
        texts: Maybe<Data>,
        /// Only with language: phrases by intent.
        phrases: Maybe<Data>,
        /// Only with language: sentences by intent that are like its phrases and mean something else.
        not_phrases: Maybe<Data>,
        /// Only with language: keywords by intent.
        keywords: Maybe<Data>,
        /// Only with language: by entity and value, its label and then other words for it.
        values: Maybe<Data>,
    }
);
item!(
    /// The bot itself.
    BotDoc {
        /// What visitors see as its name.
        name: Maybe<Says>,
        /// Its languages, such as [en, el]; the first is the default.
        languages: Maybe<Words>,
        /// The zone of its clock, such as Europe/Athens; UTC if not given.
        timezone: Maybe<Word>,
        /// The queue of a handoff that names none; the first queue if not given.
        default_queue: Maybe<Word>,
    }
);
item!(
    /// What happens when the bot is not sure, or something fails.
    FallbackDoc {
        /// At this confidence or more the bot acts. 0.75.
        sure: Maybe<Fraction>,
        /// Below this a message is not understood; between the two the bot asks "did you mean". 0.45.
        unsure: Maybe<Fraction>,
        /// After so many in a row a person is called. 2.
        misses: Maybe<Count>,
        /// How often a question is repeated. 2.
        retry: Maybe<Count>,
        /// What to do when a question or a service fails for good. A handoff to the default queue.
        otherwise: Maybe<Steps>,
    }
);
item!(
    /// When a visitor who loses patience is offered a person. Signs add up; each calm message takes one off.
    FrustrationDoc {
        /// From this figure on, a person is offered beside each answer. 2.
        offer_at: Maybe<Count>,
        /// From this figure on, the bot asks whether to hand over. 4.
        ask_at: Maybe<Count>,
        /// What each sign counts.
        weights: Maybe<WeightsDoc>,
        /// Words of anger by their weight, 1 to 9, beside those of the shipped languages.
        words: Maybe<Named<Lines>>,
    }
);
item!(
    /// What each sign of impatience counts.
    WeightsDoc {
        /// The same question again. 1.
        repeated: Maybe<Count>,
        /// A message in capitals. 1.
        capitals: Maybe<Count>,
        /// Three exclamation marks or more. 1.
        exclamations: Maybe<Count>,
    }
);
item!(
    /// Something that visitors may want.
    IntentDoc {
        /// The text of its button, in "did you mean", and itself a phrase.
        label: Maybe<Says>,
        /// Sentence templates: (a|b) one of, [x] may be missing, {entity}, {entity:slot}, <snippet>.
        phrases: Maybe<Lines>,
        /// Sentences that are like the phrases and mean something else.
        not_phrases: Maybe<Lines>,
        /// Words or word groups that speak for it, anywhere in a message.
        keywords: Maybe<Lines>,
        /// Regular expressions that speak for it.
        patterns: Maybe<Lines>,
        /// Words that cancel it, unless a phrase fits exactly.
        exclude: Maybe<Lines>,
        /// What the bot says; a whole flow.
        answer: Maybe<Says>,
        /// Beside answer: buttons that are intents.
        offer: Maybe<Words>,
        /// Beside answer: buttons that are plain texts.
        buttons: Maybe<SaysList>,
        /// Beside answer: a picture.
        image: Maybe<ImageDoc>,
        /// Beside answer: a link.
        link: Maybe<LinkDoc>,
        /// Beside answer: cards.
        cards: Maybe<Cards>,
    }
);
item!(
    /// A picture.
    ImageDoc {
        /// Where it is.
        url: Field<Says>,
        /// What it shows, for those who do not see it.
        alt: Field<Says>,
    }
);
item!(
    /// A link.
    LinkDoc {
        /// Where it leads.
        url: Field<Says>,
        /// What it says.
        text: Field<Says>,
    }
);
item!(
    /// A card: a heading with a text, a picture, a link and buttons.
    CardDoc {
        /// Its heading.
        title: Field<Says>,
        /// What stands below the heading.
        text: Maybe<Says>,
        /// Its picture.
        image: Maybe<ImageDoc>,
        /// Its link.
        link: Maybe<LinkDoc>,
        /// Buttons that are intents.
        offer: Maybe<Words>,
    }
);
item!(
    /// A kind of value: listed values, or a pattern.
    EntityDoc {
        /// The values, each with other words for it.
        values: Maybe<Values>,
        /// What a value looks like, as a regular expression. Case, blanks and hyphens do not matter.
        pattern: Maybe<Says>,
        /// A value to show when an answer did not fit; its letters decide the case of values.
        example: Maybe<Says>,
        /// Whether values are masked wherever they are recorded.
        sensitive: Maybe<Flag>,
    }
);
item!(
    /// A task.
    FlowDoc {
        /// An intent or an event that starts it, or a list of them.
        start_on: Maybe<Words>,
        /// always: its intent is heard in every step of every other flow.
        interrupts: Maybe<Word>,
        /// With no_reply: after how long a silence. 3m.
        after: Maybe<Duration>,
        /// With no_reply: how often in one conversation. 1.
        times: Maybe<Count>,
        /// The steps.
        steps: Field<Steps>,
    }
);
item!(
    /// Something outside that flows call by HTTP. One of get, post, put, patch, delete holds the address.
    ServiceDoc {
        /// The address to GET.
        get: Maybe<Says>,
        /// The address to POST to.
        post: Maybe<Says>,
        /// The address to PUT to.
        put: Maybe<Says>,
        /// The address to PATCH.
        patch: Maybe<Says>,
        /// The address to DELETE.
        delete: Maybe<Says>,
        /// Headers; {{ env.X }} and {{ secret.X }} come from the environment.
        headers: Maybe<Data>,
        /// The body; what with holds if not given.
        body: Maybe<Anything>,
        /// How long to wait for the reply. 10s.
        timeout: Maybe<Duration>,
        /// Whether a repeat does no harm, so that a failed call may be tried again.
        idempotent: Maybe<Flag>,
        /// The reply in tests; its fields are checked.
        sample: Maybe<Anything>,
    }
);
item!(
    /// Where people wait for a person.
    QueueDoc {
        /// What agents read as its name.
        label: Maybe<Says>,
        /// Its timetable; always open if not given.
        hours: Maybe<Word>,
        /// How long one may wait.
        max_wait: Maybe<Duration>,
        /// How long nobody should wait: the desk shows who comes near it.
        target: Maybe<Duration>,
        /// The flow that runs instead of waiting while it is closed.
        when_closed: Maybe<Word>,
        /// The flow that runs when max_wait is over.
        when_waited: Maybe<Word>,
        /// How many chats one agent takes from it at most.
        chats_per_agent: Maybe<Count>,
        /// An agent who says nothing for so long loses the chat to the queue.
        agent_silent: Maybe<Duration>,
    }
);
item!(
    /// What the closed chat says by itself to visitors of the website.
    InviteDoc {
        /// What it says: at most 300 characters, and no {{ }}, because it is the same for everybody.
        say: Field<Says>,
        /// On which pages: paths such as /cart, or whole addresses; * stands for anything. Everywhere if not given.
        pages: Maybe<Words>,
        /// After how long on the page. 15s.
        after: Maybe<Duration>,
        /// From which visit of the same visitor on. 1.
        visits: Maybe<Count>,
        /// Only while this timetable is open.
        hours: Maybe<Word>,
        /// Only on pages in these languages. All if not given.
        language: Maybe<Words>,
        /// The flow that begins when the visitor accepts.
        start: Maybe<Word>,
        /// How long a visitor who dismisses it sees no invitation. 30d.
        rest: Maybe<Duration>,
    }
);
item!(
    /// A conversation that must go as written, or messages that must be understood as written.
    TestDoc {
        /// Its name.
        name: Maybe<Says>,
        /// When it begins, such as 2026-11-23 23:10. Monday 2026-01-05 10:00 if not given.
        at: Maybe<Word>,
        /// How many agents are there: a number, or one for each queue. 1.
        agents: Maybe<Agents>,
        /// What services answer instead of their sample: data, a status such as 500, or timeout.
        services: Maybe<Data>,
        /// The language of the page.
        language: Maybe<Word>,
        /// The channel. web.
        channel: Maybe<Word>,
        /// What is known of the contact, such as name.
        contact: Maybe<Data>,
        /// The conversation.
        chat: Maybe<Chat>,
        /// What must hold at its end.
        expect: Maybe<ExpectDoc>,
        /// Messages by the intent that must be understood; none for what must not be.
        intents: Maybe<IntentTests>,
    }
);
item!(
    /// What must hold at the end of a test.
    ExpectDoc {
        /// The queue.
        queue: Maybe<Word>,
        /// The priority.
        priority: Maybe<Word>,
        /// The flow that is running.
        flow: Maybe<Word>,
        /// Slots and their values.
        slots: Maybe<Data>,
        /// bot, queue or agent.
        owner: Maybe<Word>,
    }
);

/// A step: an item with one main verb. All steps may have `id` and `if`.
macro_rules! steps {
    ($($(#[$doc:meta])* $name:ident $verb:literal { $($(#[$field_doc:meta])* $field:ident: $kind:ty),* $(,)? })*) => {
        $(item!(
            $(#[$doc])*
            $name {
                $($(#[$field_doc])* $field: $kind,)*
                /// A name for goto, and the stable name of a place where the flow waits.
                id: Maybe<Word>,
                /// Does the step only if this is true.
                r#if: Maybe<Condition>,
            }
        );)*

        /// The main verbs, beside `if`, which is one only where none of these stands.
        pub(crate) const VERBS: &[&str] = &[$($verb),*];

        /// Any step.
        #[derive(JsonSchema)]
        #[serde(untagged)]
        #[expect(dead_code, reason = "only its schema is used; a step is read by its verb")]
        #[expect(clippy::enum_variant_names, reason = "the names are those of the items")]
        pub(crate) enum StepDoc {
            $($(#[$doc])* $name($name),)*
            /// A condition with steps for both cases.
            IfStep(IfStep),
        }
    };
}

item!(
    /// A condition with steps for both cases.
    IfStep {
        /// The condition, such as known(day) and day >= today.
        r#if: Field<Condition>,
        /// The steps if it is true.
        then: Field<Steps>,
        /// The steps if it is not.
        r#else: Maybe<Steps>,
        /// A name for goto.
        id: Maybe<Word>,
    }
);

steps! {
    /// Sends; does not wait.
    SayStep "say" {
        /// What.
        say: Field<Says>,
        /// Buttons that are intents.
        offer: Maybe<Words>,
        /// Buttons that are plain texts.
        buttons: Maybe<SaysList>,
        /// A picture.
        image: Maybe<ImageDoc>,
        /// A link.
        link: Maybe<LinkDoc>,
        /// Cards.
        cards: Maybe<Cards>,
    }
    /// Waits for a value; skipped when the slot is filled.
    AskStep "ask" {
        /// The question.
        ask: Field<Says>,
        /// The kind of answer: text, yes_no, name, email, phone, number, date, time, money, url, photo, file, or an entity.
        expect: Maybe<Word>,
        /// The slot; the name of the kind if not given.
        save_as: Maybe<Word>,
        /// Conditions on the answer, each with what to say when it is false.
        must: Maybe<Must>,
        /// How often to repeat the question, or the texts to say.
        retry: Maybe<Retries>,
        /// What to do when the answers after the repeats fail too.
        otherwise: Maybe<Steps>,
        /// Adds a "Skip" button.
        optional: Maybe<Flag>,
    }
    /// Waits for one of the options.
    ChooseStep "choose" {
        /// The question.
        choose: Field<Says>,
        /// The options.
        options: Maybe<OptionList>,
        /// An entity, or a list such as free.times.
        options_from: Maybe<Word>,
        /// The slot.
        save_as: Maybe<Word>,
        /// How often to repeat the question, or the texts to say.
        retry: Maybe<Retries>,
        /// What to do when the answers after the repeats fail too.
        otherwise: Maybe<Steps>,
    }
    /// Waits for yes; no or a correction changes a slot and walks on from there.
    ConfirmStep "confirm" {
        /// The question.
        confirm: Field<Says>,
        /// The slots that may be corrected; all that the flow asked for if not given.
        slots: Maybe<Words>,
    }
    /// Empties a slot and goes back to its question.
    AskAgainStep "ask_again" {
        /// The slot.
        ask_again: Field<Word>,
    }
    /// Sets slots.
    SetStep "set" {
        /// Slots and their values.
        set: Field<Data>,
    }
    /// Branches by a value.
    MatchStep "match" {
        /// A slot, or any expression.
        r#match: Field<Condition>,
        /// Values and the steps for each; else for all others.
        cases: Field<Cases>,
    }
    /// Asks a service and waits for its reply.
    CallStep "call" {
        /// The service.
        call: Field<Word>,
        /// What it gets.
        with: Maybe<Data>,
        /// The slot that holds the reply.
        save_as: Maybe<Word>,
        /// What to do after an error or a timeout.
        otherwise: Maybe<Steps>,
        /// What to say while it runs.
        waiting: Maybe<Says>,
    }
    /// Walks another flow, then goes on.
    RunStep "run" {
        /// The flow.
        run: Field<Word>,
    }
    /// Goes to a step of this flow, to another flow for good, or to the end.
    GotoStep "goto" {
        /// The id of a step, the name of a flow, or end.
        goto: Field<Word>,
    }
    /// Passes the visitor to a queue; ends the flow.
    HandoffStep "handoff" {
        /// The queue; the default one if empty.
        handoff: Field<WordOrNone>,
        /// Why, for the agent.
        reason: Maybe<Says>,
        /// urgent, high, normal or low.
        priority: Maybe<Word>,
        /// What to say instead of the built-in sentence.
        say: Maybe<Says>,
    }
    /// Waits for 1 to 5 and a comment.
    RateStep "rate" {
        /// The question.
        rate: Field<Says>,
        /// The slot that holds score and comment.
        save_as: Maybe<Word>,
    }
    /// Waits for a time, then goes on.
    WaitStep "wait" {
        /// How long.
        wait: Field<Duration>,
    }
}

item!(
    /// One option of a choose.
    OptionDoc {
        /// What the visitor reads and may type.
        label: Field<Says>,
        /// The steps after this choice.
        then: Maybe<Steps>,
        /// Where this choice leads.
        goto: Maybe<Word>,
        /// What the slot gets; the label if not given.
        value: Maybe<Anything>,
        /// Shown only if this is true.
        r#if: Maybe<Condition>,
    }
);

/// Keys kept for a later version, wherever a step may stand.
pub(crate) const LATER_STEPS: &[&str] = &["collect", "search", "use"];
/// Keys kept for a later version in other items.
pub(crate) const LATER_KEYS: &[&str] = &["collect", "search", "active"];
