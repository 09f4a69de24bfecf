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
widget-joined = { $agent } has joined the chat
widget-queued = We are getting a person for you
widget-back-to-bot = The assistant is answering again
widget-resolved = Marked as solved. Write again if it is not.
widget-reopened = The conversation goes on
widget-rated = Thank you for your rating
widget-not-sent-yet = Not sent yet. Trying again…
widget-not-sent = This message could not be sent.

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
