# Ελληνικά

## Widget
widget-launcher = Συνομιλία μαζί μας
widget-close = Κλείσιμο της συνομιλίας
widget-offline = Δεν υπάρχει σύνδεση αυτή τη στιγμή. Γίνεται νέα προσπάθεια…
widget-retry = Ξανά
widget-unread = Νέα μηνύματα: { $n }
widget-assistant = Βοηθός
widget-waiting = Σε αναμονή για εκπρόσωπο
widget-agent = Η ομάδα μας
widget-you = Εσείς
widget-send = Αποστολή
widget-messages = Μηνύματα
widget-placeholder = Γράψτε ένα μήνυμα…
widget-person = Να μιλήσω με άνθρωπο
widget-again = Νέα συνομιλία
widget-closed = Αυτή η συνομιλία έχει λήξει
widget-queue = Είστε στη θέση { $n } της ουράς.
widget-estimate = Συνήθως { $from } έως { $to } λεπτά.
widget-estimate-one = Συνήθως περίπου { $n } λεπτά.
widget-rated = Ευχαριστούμε για τη βαθμολογία
widget-not-sent-yet = Δεν στάλθηκε ακόμη. Γίνεται νέα προσπάθεια…
widget-not-sent = Το μήνυμα δεν μπόρεσε να σταλεί.

## Demo page
demo-shop = Olive Lane
demo-tagline = Φωτιστικά, καρέκλες και μικροπράγματα για όμορφα βράδια
demo-note = Το κατάστημα είναι φανταστικό. Δείχνει τη συνομιλία που έρχεται με το Frontdesk: ό,τι βλέπετε σε αυτήν είναι αληθινό.
demo-language = Γλώσσα
demo-products = Αυτή την εβδομάδα
demo-lamp = Φωτιστικό ανάγνωσης «Heron»
demo-chair = Πολυθρόνα «Harbour»
demo-pot = Γλάστρα «Dune»
demo-shelf = Ράφι τοίχου «Ridge»
demo-price = { $n } €
demo-ask-title = Ρωτήστε τον βοηθό
demo-ask-lead = Μερικές ιδέες:
demo-ask-hours = Πότε είστε ανοιχτά;
demo-ask-order = Πού είναι η παραγγελία μου;
demo-ask-return = Θέλω να επιστρέψω ένα φωτιστικό
demo-ask-person = Μπορώ να μιλήσω με έναν άνθρωπο;
demo-open-chat = Άνοιγμα συνομιλίας
demo-desk-title = Απαντήστε ως κατάστημα
demo-desk-lead = Όταν ένας επισκέπτης ζητά άνθρωπο, η συνομιλία εμφανίζεται στο γραφείο μαζί με όλα όσα ειπώθηκαν.
demo-desk-link = Άνοιγμα του γραφείου
demo-embed-title = Βάλτε το στον δικό σας ιστότοπο
demo-embed-lead = Μία γραμμή, οπουδήποτε στη σελίδα. Η γλώσσα ακολουθεί τη σελίδα· χρώμα, πλευρά και ετικέτα τα διαλέγετε εσείς.

## Desk: frame
desk-skip = Μετάβαση στο περιεχόμενο
desk-navigation = Κύρια
desk-inbox = Εισερχόμενα
desk-agents = Εκπρόσωποι
desk-presence = Λήψη νέων συνομιλιών
desk-available = Διαθέσιμος/η
desk-away = Εκτός
desk-away-hint = Είστε εκτός: δεν σας δίνονται νέες συνομιλίες.
desk-offline = Χωρίς σύνδεση
desk-log-out = Αποσύνδεση
desk-lost = Η σύνδεση χάθηκε. Γίνεται νέα προσπάθεια…
desk-failed = Δεν πέτυχε. Δοκιμάστε ξανά.
desk-nothing-here = Δεν υπάρχει τίποτα εδώ, ή τίποτα που μπορείτε να δείτε.

## Desk: logging in
desk-login-title = Σύνδεση
desk-log-in = Σύνδεση
desk-email = E-mail
desk-password = Κωδικός
desk-new-password = Νέος κωδικός
desk-password-hint = Τουλάχιστον 10 χαρακτήρες.
desk-name = Όνομα
desk-setup-title = Δημιουργία του πρώτου διαχειριστή
desk-setup-lead = Αυτός ο λογαριασμός μπορεί να προσθέσει όλους τους άλλους. Οι επισκέπτες βλέπουν το όνομα.
desk-setup-create = Δημιουργία λογαριασμού
desk-setup-incomplete = Ο σύνδεσμος δεν είναι πλήρης. Αντιγράψτε τον ολόκληρο από εκεί όπου ξεκίνησε ο διακομιστής.

## Desk: inbox
desk-mine = Δικές μου
desk-mine-empty = Δεν είναι κανείς μαζί σας αυτή τη στιγμή.
desk-queue = Σε αναμονή
desk-queue-empty = Δεν περιμένει κανείς.
desk-left = Μηνύματα που άφησαν
desk-left-empty = Κανένα μήνυμα δεν περιμένει απάντηση.
desk-open = Άλλες ανοιχτές
desk-open-empty = Καμία ανοιχτή συνομιλία.
desk-closed = Κλειστές
desk-closed-empty = Καμία ακόμη.
desk-team = Ομάδα
desk-load = { $load } από { $capacity }
desk-visitor = Επισκέπτης
desk-claim = Απάντηση
desk-owner-bot = Bot
desk-owner-queue = Περιμένει: { $queue }
desk-owner-left = Για: { $queue }
desk-owner-agent = Με: { $agent }
desk-owner-you = Με εσάς
desk-owner-resolved = Λύθηκε
desk-owner-closed = Έκλεισε
desk-priority-urgent = Επείγον
desk-priority-high = Υψηλή
desk-priority-low = Χαμηλή
desk-seconds = { $n } δ.
desk-minutes = { $n } λ.
desk-hours = { $n } ώ.
desk-days = { $n } ημ.

## Desk: conversation
desk-back = Πίσω στα εισερχόμενα
desk-take-over = Ανάληψη
desk-resolve = Επίλυση
desk-return = Επιστροφή στην ουρά
desk-transfer = Μεταφορά
desk-transfer-to = Προς
desk-transfer-note = Σημείωση για τον επόμενο
desk-hand-back = Επιστροφή στο bot
desk-hand-back-flow = Το bot συνεχίζει με
desk-hand-back-none = τίποτα συγκεκριμένο
desk-queues = Ουρές
desk-hint-free = Με το πρώτο σας μήνυμα αναλαμβάνετε τη συνομιλία.
desk-hint-another = Απαντά ήδη: { $agent }. Μπορείτε να αφήσετε σημείωση.
desk-hint-over = Η συνομιλία έχει τελειώσει. Μπορείτε να αφήσετε σημείωση.
desk-write = Γράψτε
desk-reply = Απάντηση
desk-note = Ιδιωτική σημείωση
desk-reply-placeholder = Γράψτε στον επισκέπτη…
desk-note-placeholder = Το βλέπουν μόνο συνάδελφοι…
desk-visitor-pressed = Επισκέπτης (κουμπί)
desk-note-by = Σημείωση: { $agent }
desk-message-left = Άφησε μήνυμα
desk-cancelled = δεν στάλθηκε
desk-picture = [Εικόνα: { $alt }]
desk-why = Γιατί
desk-not-understood = Δεν κατανοήθηκε
desk-unexplained = Ανεξήγητα: { $words }
desk-evidence-phrase = φράση
desk-evidence-similar = μοιάζει με
desk-evidence-keyword = λέξη-κλειδί
desk-evidence-pattern = μοτίβο
desk-moved-flow = Το bot ξεκίνησε «{ $flow }»
desk-moved-handoff = Πέρασε στην ουρά { $queue }: { $reason }
desk-moved-handoff-closed = Η ουρά { $queue } είναι κλειστή: { $reason }
desk-left-visitor = Ο επισκέπτης έφυγε από την ουρά
desk-left-message = Ο επισκέπτης άφησε μήνυμα αντί να περιμένει
desk-left-closed = Η ουρά έκλεισε
desk-left-waited = Ο επισκέπτης περίμενε πάρα πολύ
desk-left-away = Δεν είναι κανείς στο γραφείο
desk-assigned-assigner = Δόθηκε σε: { $agent }
desk-assigned-claim = Απαντά: { $agent }
desk-assigned-take-over = Ανέλαβε: { $agent }
desk-assigned-transfer = Μεταφέρθηκε σε: { $agent }
desk-returned-agent = Επέστρεψε στην ουρά { $queue } από: { $agent }
desk-returned-away = Εκτός: { $agent }. Πάλι στην ουρά { $queue }
desk-returned-silent = Δεν απάντησε: { $agent }. Πάλι στην ουρά { $queue }
desk-returned-transfer = Πέρασε στην ουρά { $queue } από: { $agent }
desk-handed-back = Επιστροφή στο bot από: { $agent }
desk-handed-back-to = Επιστροφή στο bot από: { $agent }. Συνεχίζει με «{ $flow }»
desk-resolved-by = Λύθηκε από: { $agent }
desk-resolved-idle = Λύθηκε, επειδή δεν έγραφε πια κανείς
desk-reopened = Άνοιξε ξανά με μια απάντηση
desk-closed-resolved = Έκλεισε
desk-closed-idle = Έκλεισε, επειδή δεν έγραφε πια κανείς
desk-rated = Βαθμολογία { $score } από 5{ $comment }
desk-called = Το bot ρώτησε: { $service }
desk-call-failed = Χωρίς αποτέλεσμα: { $why }
desk-call-timeout = καμία απάντηση εγκαίρως
desk-call-unknown = ο διακομιστής σταμάτησε στο μεταξύ
desk-fault = Βλάβη: { $detail }

## Desk: context card
desk-card = Πλαίσιο
desk-card-label = Πλαίσιο: { $reason }
desk-no-reason = Δεν ζητήθηκε άνθρωπος.
desk-known = Γνωστά
desk-slot-from = ειπώθηκε εδώ
desk-fact-queue = Ουρά
desk-fact-channel = Κανάλι
desk-fact-page = Σελίδα
desk-fact-referrer = Ήρθε από
desk-tried = Τι δοκίμασε το bot
desk-tried-running = σε εξέλιξη
desk-tried-finished = τελείωσε
desk-tried-cancelled = ακυρώθηκε
desk-tried-handed-off = παραδόθηκε
desk-tried-replaced = αντικαταστάθηκε
desk-tried-gone = δεν υπάρχει πια
desk-tried-failed = απέτυχε
desk-tried-service = χωρίς αποτέλεσμα
desk-earlier = Παλαιότερες συνομιλίες

## Desk: what the bot did, and what it would have said
desk-suggested = Προτεινόμενες απαντήσεις
desk-suggested-use = Να μπει στην απάντησή σας
desk-call-answered = απάντησε
desk-also-asked = Ζήτησε επίσης: «{ $intent }»
desk-flow-take-message = Αφήστε μήνυμα
desk-flow-did-you-mean = Μήπως εννοείτε …;
desk-flow-anything-else = Κάτι άλλο;
desk-person = Το πρόσωπο
desk-fact-device = Συσκευή
desk-replies = Έτοιμες απαντήσεις
desk-mentions = Σημειώσεις που σας αναφέρουν
desk-close = Κλείσιμο

## Desk: keys
desk-keys = Συντομεύσεις πληκτρολογίου
desk-key-tip = { $what } ({ $key })
desk-key-next = Επόμενη συνομιλία
desk-key-previous = Προηγούμενη συνομιλία
desk-key-open = Άνοιγμα
desk-key-search = Αναζήτηση ή έτοιμες απαντήσεις
desk-key-leave = Έξοδος από το πεδίο, κλείσιμο όσων είναι ανοιχτά

## Desk: what makes itself heard
desk-alerts = Ειδοποιήσεις
desk-alert-sound = Ήχος
desk-alert-desktop = Ειδοποιήσεις του προγράμματος περιήγησης
desk-alert-allow = Να επιτραπούν οι ειδοποιήσεις

## Desk: what the script says while a page is open. `{name}`, `{names}` and `{gap}` are filled in by it.
desk-live-watching = Ανοιχτή επίσης από: { $names }
desk-live-writing = Γράφει απάντηση: { $name }…
desk-live-noting = Γράφει σημείωση: { $name }…
desk-live-gap = Το { $gap } δεν έχει τιμή. Συμπληρώστε το ή στείλτε ξανά για να σταλεί όπως είναι.
desk-live-no-reply = Καμία έτοιμη απάντηση δεν ταιριάζει.
desk-live-waits = Περιμένει άνθρωπο: { $name }
desk-live-late = Περιμένει πάρα πολλή ώρα: { $name }
desk-live-wrote = Έγραψε: { $name }
desk-live-named = Μια σημείωση σας αναφέρει: { $name }
desk-live-granted = Οι ειδοποιήσεις επιτρέπονται.
desk-live-denied = Αυτό το πρόγραμμα περιήγησης εμποδίζει τις ειδοποιήσεις της σελίδας. Μπορείτε να τις επιτρέψετε στις ρυθμίσεις του.
desk-live-default = Το πρόγραμμα περιήγησης δεν έχει ερωτηθεί ακόμη.
desk-live-none = Αυτό το πρόγραμμα περιήγησης δεν έχει ειδοποιήσεις.
desk-live-visitor = Ένας επισκέπτης
desk-error-answered-meanwhile = Συνάδελφος απάντησε αφότου αρχίσατε. Διαβάστε το και στείλτε ξανά αν χρειάζεται ακόμη η δική σας.

## Desk: accounts
desk-add-agent = Προσθήκη εκπροσώπου
desk-role = Ρόλος
desk-role-agent = Εκπρόσωπος
desk-role-supervisor = Επόπτης
desk-role-admin = Διαχειριστής
desk-capacity = Συνομιλίες ταυτόχρονα
desk-sites = Ιστότοποι
desk-none-means-all = καμία επιλογή σημαίνει όλες
desk-save = Αποθήκευση
desk-set-password = Ορισμός κωδικού
desk-disable = Κλείσιμο λογαριασμού
desk-enable = Άνοιγμα του λογαριασμού ξανά
desk-disabled = Κλειστός

## Desk: what the API refuses, by its codes: `desk-error-` and the code with dashes
desk-error-offline = Δεν υπάρχει σύνδεση με τον διακομιστή. Δεν στάλθηκε τίποτα.
desk-error-wrong-login = Το e-mail ή ο κωδικός είναι λάθος.
desk-error-wrong-link = Ο σύνδεσμος δεν λειτουργεί πια. Ο διακομιστής τυπώνει νέον όταν ξεκινά.
desk-error-too-many-requests = Πάρα πολλές προσπάθειες. Περιμένετε ένα λεπτό.
desk-error-bad-password = Ο κωδικός είναι πολύ μικρός ή πολύ μεγάλος. Χρειάζονται τουλάχιστον 10 χαρακτήρες.
desk-error-bad-value = Ένα πεδίο έχει κάτι που δεν μπορεί να χρησιμοποιηθεί. Ελέγξτε τα πεδία.
desk-error-email-taken = Αυτό το e-mail ανήκει σε άλλον λογαριασμό.
desk-error-last-admin = Είναι ο τελευταίος διαχειριστής. Ορίστε πρώτα κάποιον άλλον.
desk-error-own-account = Δεν μπορείτε να κλείσετε ή να υποβιβάσετε τον δικό σας λογαριασμό. Ζητήστε το από άλλον διαχειριστή.
desk-error-admins-only = Μόνο ένας διαχειριστής μπορεί να το κάνει αυτό.
desk-error-supervisors-only = Μόνο ένας επόπτης μπορεί να πάρει συνομιλία από άλλον εκπρόσωπο.
desk-error-not-allowed = Εσείς, ή το άτομο που επιλέξατε, δεν μπορείτε να απαντάτε για αυτόν τον ιστότοπο.
desk-error-owned-by-another = Κάποιος άλλος απαντά ήδη σε αυτή τη συνομιλία.
desk-error-not-yours = Αναλάβετε πρώτα τη συνομιλία.
desk-error-conversation-closed = Η συνομιλία έχει κλείσει.
desk-error-not-possible = Η συνομιλία άλλαξε στο μεταξύ, γι’ αυτό δεν γίνεται τώρα.
desk-error-not-found = Αυτό δεν υπάρχει, ή δεν υπάρχει πια.
desk-error-empty-message = Γράψτε πρώτα κάτι.
desk-error-message-too-long = Το μήνυμα είναι πολύ μεγάλο.
desk-error-wrong-csrf-token = Η σελίδα είναι παλιά. Φορτώστε την ξανά.
desk-error-busy = Ο διακομιστής είναι απασχολημένος. Δοκιμάστε ξανά σε λίγο.
desk-error-store-halted = Ο διακομιστής δεν μπορεί να αποθηκεύσει τίποτα αυτή τη στιγμή. Ενημερώστε όποιον τον διαχειρίζεται.
desk-error-internal = Κάτι πήγε στραβά στον διακομιστή. Δοκιμάστε ξανά.
desk-error-https-needed = Το γραφείο χρειάζεται https. Ενημερώστε όποιον διαχειρίζεται τον διακομιστή.
