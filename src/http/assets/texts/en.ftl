# English: the language that all others fall back to.

## Widget. The five labels up to `widget-unread` are inside widget.js, because they are needed before the first request.
widget-launcher = Chat with us
widget-close = Close the chat
widget-offline = No connection at the moment. Trying again…
widget-retry = Try again
widget-unread = New messages: { $n }
widget-assistant = Assistant
widget-waiting = Waiting for a person
widget-agent = Our team
widget-you = You
widget-send = Send
widget-messages = Messages
widget-placeholder = Write a message…
# Also what is sent when it is pressed: it must be a sentence that the built-in wish for a person understands.
widget-person = Talk to a person
widget-again = Start a new conversation
widget-closed = This conversation has ended
widget-queue = You are number { $n } in the queue.
widget-estimate = Usually { $from } to { $to } minutes.
widget-estimate-one = Usually about { $n } min.
widget-rated = Thank you for your rating
widget-not-sent-yet = Not sent yet. Trying again…
widget-not-sent = This message could not be sent.
widget-sent = Sent
widget-seen = Seen
widget-typing = { $name } is typing…

## Demo page
demo-shop = Olive Lane
demo-tagline = Lamps, chairs and small things for good evenings
demo-note = This shop is made up. It shows the chat that comes with Frontdesk: everything you see in it is real.
demo-language = Language
demo-products = This week
demo-lamp = Reading lamp “Heron”
demo-chair = Armchair “Harbour”
demo-pot = Plant pot “Dune”
demo-shelf = Wall shelf “Ridge”
demo-price = € { $n }
demo-ask-title = Ask the assistant
demo-ask-lead = Some things to try:
demo-ask-hours = When are you open?
demo-ask-order = Where is my order?
demo-ask-return = I want to return a lamp
demo-ask-person = Can I talk to a person?
demo-open-chat = Open the chat
demo-desk-title = Answer as the shop
demo-desk-lead = When a visitor asks for a person, the conversation appears at the desk with everything that was said.
demo-desk-link = Open the desk
demo-embed-title = Put it on your own site
demo-embed-lead = One line, anywhere in the page. The language follows the page; colour, side and label are yours.

## Desk: frame
desk-skip = Skip to the content
desk-navigation = Main
desk-inbox = Inbox
desk-agents = Agents
desk-presence = Take new conversations
desk-available = Available
desk-away = Away
desk-away-hint = You are away: new conversations are not given to you.
desk-offline = Offline
desk-log-out = Log out
desk-lost = Connection lost. Trying again…
desk-failed = That did not work. Please try again.
desk-nothing-here = There is nothing here, or nothing that you may see.

## Desk: logging in
desk-login-title = Log in
desk-log-in = Log in
desk-email = E-mail
desk-password = Password
desk-new-password = New password
desk-password-hint = At least 10 characters.
desk-name = Name
desk-setup-title = Create the first admin
desk-setup-lead = This account can add all others. Visitors see the name.
desk-setup-create = Create the account
desk-setup-incomplete = This link is incomplete. Copy it whole from where the server was started.

## Desk: inbox
desk-mine = Mine
desk-mine-empty = Nobody is with you at the moment.
desk-queue = Waiting
desk-queue-empty = Nobody is waiting.
desk-left = Left messages
desk-left-empty = No message waits for an answer.
desk-open = Other open ones
desk-open-empty = No open conversations.
desk-closed = Closed
desk-closed-empty = None yet.
desk-team = Team
desk-load = { $load } of { $capacity }
desk-visitor = Visitor
desk-claim = Answer
desk-owner-bot = Bot
desk-owner-queue = Waiting for { $queue }
desk-owner-left = For { $queue }
desk-owner-agent = With { $agent }
desk-owner-you = With you
desk-owner-resolved = Resolved
desk-owner-closed = Closed
desk-priority-urgent = Urgent
desk-priority-high = High
desk-priority-low = Low
desk-seconds = { $n } s
desk-minutes = { $n } min
desk-hours = { $n } h
desk-days = { $n } d

## Desk: conversation
desk-back = Back to the inbox
desk-take-over = Take over
desk-resolve = Resolve
desk-return = Return to queue
desk-transfer = Transfer
desk-transfer-to = To
desk-transfer-note = Note for whoever is next
desk-hand-back = Hand back to the bot
desk-hand-back-flow = The bot goes on with
desk-hand-back-none = nothing in particular
desk-queues = Queues
desk-hint-free = Your first message takes this conversation.
desk-hint-another = { $agent } already answers this one. You can leave a note.
desk-hint-over = This conversation is over. You can leave a note.
desk-write = Write
desk-reply = Reply
desk-note = Private note
desk-reply-placeholder = Write to the visitor…
desk-note-placeholder = Only colleagues see this…
desk-visitor-pressed = Visitor (button)
desk-visitor-types = The visitor is typing…
desk-delivered = Delivered
desk-note-by = Note by { $agent }
desk-message-left = Message left
desk-cancelled = not sent
desk-picture = [Picture: { $alt }]
desk-why = Why
desk-not-understood = Not understood
desk-unexplained = Not explained: { $words }
desk-evidence-phrase = phrase
desk-evidence-similar = like
desk-evidence-keyword = keyword
desk-evidence-pattern = pattern
desk-moved-flow = The bot began “{ $flow }”
desk-moved-handoff = Passed to the queue { $queue }: { $reason }
desk-moved-handoff-closed = The queue { $queue } is closed: { $reason }
desk-left-visitor = The visitor left the queue
desk-left-message = The visitor left a message instead of waiting
desk-left-closed = The queue closed
desk-left-waited = The visitor waited too long
desk-left-away = Nobody is at the desk
desk-assigned-assigner = Given to { $agent }
desk-assigned-claim = { $agent } answers
desk-assigned-take-over = { $agent } took over
desk-assigned-transfer = Passed on to { $agent }
desk-returned-agent = { $agent } returned it to the queue { $queue }
desk-returned-away = { $agent } was away: back in the queue { $queue }
desk-returned-silent = { $agent } did not answer: back in the queue { $queue }
desk-returned-transfer = { $agent } passed it to the queue { $queue }
desk-handed-back = { $agent } handed back to the bot
desk-handed-back-to = { $agent } handed back to the bot, which goes on with “{ $flow }”
desk-resolved-by = Resolved by { $agent }
desk-resolved-idle = Resolved, because nobody wrote any more
desk-reopened = Reopened by a reply
desk-closed-resolved = Closed
desk-closed-idle = Closed, because nobody wrote any more
desk-rated = Rated { $score } of 5{ $comment }
desk-called = The bot asked { $service }
desk-call-failed = No result: { $why }
desk-call-timeout = no answer in time
desk-call-unknown = the server stopped meanwhile
desk-fault = A fault: { $detail }

## Desk: context card
desk-card = Context
desk-card-label = Context: { $reason }
desk-no-reason = No person was asked for.
desk-known = Known
desk-slot-from = said here
desk-fact-queue = Queue
desk-fact-channel = Channel
desk-fact-page = Page
desk-fact-referrer = Came from
desk-tried = What the bot tried
desk-tried-running = running
desk-tried-finished = finished
desk-tried-cancelled = cancelled
desk-tried-handed-off = handed over
desk-tried-replaced = replaced
desk-tried-gone = no longer exists
desk-tried-failed = failed
desk-tried-service = gave no result
desk-earlier = Earlier conversations

## Desk: what the bot did, and what it would have said
desk-suggested = Suggested answers
desk-suggested-use = Put it into your answer
desk-call-answered = answered
desk-also-asked = Also asked for: “{ $intent }”
desk-flow-take-message = Leave a message
desk-flow-did-you-mean = Did you mean …?
desk-flow-anything-else = Anything else?
desk-person = The person
desk-fact-device = Device
desk-replies = Ready answers
desk-mentions = Notes that name you
desk-close = Close

## Desk: keys
desk-keys = Keyboard shortcuts
desk-key-tip = { $what } ({ $key })
desk-key-next = Next conversation
desk-key-previous = Previous conversation
desk-key-open = Open it
desk-key-search = Search, or ready answers
desk-key-leave = Leave the field, close what is open

## Desk: what makes itself heard
desk-alerts = Alerts
desk-alert-sound = Sound
desk-alert-desktop = Notifications
desk-alert-allow = Allow notifications

## Desk: what the script says while a page is open. `{name}`, `{names}` and `{gap}` are filled in by it.
desk-live-watching = Also open at: { $names }
desk-live-writing = { $name } is writing an answer…
desk-live-noting = { $name } is writing a note…
desk-live-gap = { $gap } has no value. Fill it in, or send again to send it as it stands.
desk-live-no-reply = No ready answer fits.
desk-live-waits = { $name } waits for a person
desk-live-late = { $name } has waited too long
desk-live-wrote = { $name } wrote
desk-live-named = A note names you: { $name }
desk-live-granted = Notifications are allowed.
desk-live-denied = This browser blocks notifications of this page. You can allow them in its settings.
desk-live-default = This browser has not been asked yet.
desk-live-none = This browser has no notifications.
desk-live-visitor = A visitor
desk-error-answered-meanwhile = A colleague has answered since you began. Read it, and send again if yours is still needed.

## Desk: accounts
desk-add-agent = Add an agent
desk-role = Role
desk-role-agent = Agent
desk-role-supervisor = Supervisor
desk-role-admin = Admin
desk-capacity = Conversations at once
desk-sites = Sites
desk-none-means-all = none ticked means all
desk-save = Save
desk-set-password = Set the password
desk-disable = Close the account
desk-enable = Open the account again
desk-disabled = Closed

## Desk: what the API refuses, by its codes: `desk-error-` and the code with dashes
desk-error-offline = No connection to the server. Nothing was sent.
desk-error-wrong-login = The e-mail address or the password is wrong.
desk-error-wrong-link = This link does not work any more. The server prints a new one when it starts.
desk-error-too-many-requests = Too many attempts. Please wait a minute.
desk-error-bad-password = This password is too short or too long. At least 10 characters are needed.
desk-error-bad-value = A field holds something that cannot be used. Please check them.
desk-error-email-taken = This e-mail address belongs to another account.
desk-error-last-admin = This is the last admin. Make somebody else an admin first.
desk-error-own-account = You cannot close or demote your own account. Ask another admin.
desk-error-admins-only = Only an admin can do this.
desk-error-supervisors-only = Only a supervisor can take a conversation from another agent.
desk-error-not-allowed = You, or the person you chose, may not answer for this site.
desk-error-owned-by-another = Somebody else already answers this conversation.
desk-error-not-yours = Take the conversation first.
desk-error-conversation-closed = This conversation is closed.
desk-error-not-possible = The conversation has changed meanwhile, so this is not possible now.
desk-error-not-found = That does not exist, or not any more.
desk-error-empty-message = Please write something first.
desk-error-message-too-long = This message is too long.
desk-error-wrong-csrf-token = This page is old. Please load it again.
desk-error-busy = The server is busy. Please try again in a moment.
desk-error-store-halted = The server cannot store anything at the moment. Please tell whoever runs it.
desk-error-internal = Something went wrong on the server. Please try again.
desk-error-https-needed = The desk needs https. Please tell whoever runs the server.
