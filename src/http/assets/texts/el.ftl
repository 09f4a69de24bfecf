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
widget-joined = Στη συνομιλία μπήκε: { $agent }
widget-queued = Σας βρίσκουμε έναν άνθρωπο
widget-back-to-bot = Απαντά ξανά ο βοηθός
widget-resolved = Σημειώθηκε ως λυμένο. Αν δεν είναι, γράψτε ξανά.
widget-reopened = Η συνομιλία συνεχίζεται
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
