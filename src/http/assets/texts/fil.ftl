# Filipino

## Widget
widget-launcher = Makipag-chat sa amin
widget-close = Isara ang chat
widget-offline = Walang koneksiyon sa ngayon. Sinusubukang muli…
widget-retry = Subukang muli
widget-unread = Mga bagong mensahe: { $n }
widget-assistant = Assistant
widget-waiting = Naghihintay ng tao
widget-agent = Ang aming team
widget-you = Ikaw
widget-send = Ipadala
widget-messages = Mga mensahe
widget-placeholder = Sumulat ng mensahe…
widget-person = Makipag-usap sa tao
widget-again = Magsimula ng bagong usapan
widget-closed = Tapos na ang usapang ito
widget-queue = Pang-{ $n } ka sa pila.
widget-estimate = Karaniwang { $from } hanggang { $to } minuto.
widget-estimate-one = Karaniwang mga { $n } minuto.
widget-rated = Salamat sa iyong rating
widget-not-sent-yet = Hindi pa naipapadala. Sinusubukang muli…
widget-not-sent = Hindi naipadala ang mensaheng ito.

## Demo page
demo-shop = Olive Lane
demo-tagline = Mga lampara, upuan at munting gamit para sa magagandang gabi
demo-note = Kathang-isip ang tindahang ito. Ipinakikita nito ang chat na kasama ng Frontdesk: totoo ang lahat ng makikita mo rito.
demo-language = Wika
demo-products = Ngayong linggo
demo-lamp = Lamparang pambasa “Heron”
demo-chair = Silyon “Harbour”
demo-pot = Paso “Dune”
demo-shelf = Istante sa dingding “Ridge”
demo-price = € { $n }
demo-ask-title = Magtanong sa assistant
demo-ask-lead = Ilang puwedeng subukan:
demo-ask-hours = Kailan kayo bukas?
demo-ask-order = Nasaan na ang order ko?
demo-ask-return = Gusto kong ibalik ang lampara
demo-ask-person = Puwede ba akong makipag-usap sa tao?
demo-open-chat = Buksan ang chat
demo-desk-title = Sumagot bilang tindahan
demo-desk-lead = Kapag humiling ng tao ang isang bisita, lilitaw ang usapan sa desk kasama ang lahat ng nasabi.
demo-desk-link = Buksan ang desk
demo-embed-title = Ilagay ito sa sarili mong site
demo-embed-lead = Isang linya lang, kahit saan sa page. Sinusunod ng wika ang page; ikaw ang bahala sa kulay, gilid at label.

## Desk: frame
desk-skip = Lumaktaw sa nilalaman
desk-navigation = Pangunahin
desk-inbox = Inbox
desk-agents = Mga ahente
desk-presence = Tumanggap ng bagong usapan
desk-available = Available
desk-away = Wala muna
desk-away-hint = Wala ka muna: hindi ka bibigyan ng mga bagong usapan.
desk-offline = Offline
desk-log-out = Mag-log out
desk-lost = Nawala ang koneksiyon. Sinusubukang muli…
desk-failed = Hindi iyon gumana. Pakisubukang muli.
desk-nothing-here = Walang narito, o walang maaari mong makita.

## Desk: logging in
desk-login-title = Mag-log in
desk-log-in = Mag-log in
desk-email = E-mail
desk-password = Password
desk-new-password = Bagong password
desk-password-hint = Hindi bababa sa 10 karakter.
desk-name = Pangalan
desk-setup-title = Gawin ang unang admin
desk-setup-lead = Ang account na ito ang makapagdaragdag ng lahat ng iba pa. Nakikita ng mga bisita ang pangalan.
desk-setup-create = Gawin ang account
desk-setup-incomplete = Hindi kumpleto ang link. Kopyahin ito nang buo mula sa pinagbuksan ng server.

## Desk: inbox
desk-mine = Sa akin
desk-mine-empty = Wala kang kausap sa ngayon.
desk-queue = Naghihintay
desk-queue-empty = Walang naghihintay.
desk-left = Mga iniwang mensahe
desk-left-empty = Walang mensaheng naghihintay ng sagot.
desk-open = Iba pang bukas
desk-open-empty = Walang bukas na usapan.
desk-closed = Sarado
desk-closed-empty = Wala pa.
desk-team = Team
desk-load = { $load } sa { $capacity }
desk-visitor = Bisita
desk-claim = Sagutin
desk-owner-bot = Bot
desk-owner-queue = Naghihintay sa { $queue }
desk-owner-left = Para sa { $queue }
desk-owner-agent = Kay { $agent }
desk-owner-you = Sa iyo
desk-owner-resolved = Nalutas na
desk-owner-closed = Sarado
desk-priority-urgent = Apurahan
desk-priority-high = Mataas
desk-priority-low = Mababa
desk-seconds = { $n } seg
desk-minutes = { $n } min
desk-hours = { $n } oras
desk-days = { $n } araw

## Desk: conversation
desk-back = Bumalik sa inbox
desk-take-over = Kunin
desk-resolve = Lutasin
desk-return = Ibalik sa pila
desk-transfer = Ilipat
desk-transfer-to = Kay / sa
desk-transfer-note = Tala para sa susunod
desk-hand-back = Ibalik sa bot
desk-hand-back-flow = Itutuloy ng bot ang
desk-hand-back-none = walang partikular
desk-queues = Mga pila
desk-hint-free = Mapupunta sa iyo ang usapan sa una mong mensahe.
desk-hint-another = Sinasagot na ito ni { $agent }. Puwede kang mag-iwan ng tala.
desk-hint-over = Tapos na ang usapang ito. Puwede kang mag-iwan ng tala.
desk-write = Sumulat
desk-reply = Sagot
desk-note = Pribadong tala
desk-reply-placeholder = Sumulat sa bisita…
desk-note-placeholder = Mga katrabaho lang ang makakakita nito…
desk-visitor-pressed = Bisita (pindutan)
desk-note-by = Tala ni { $agent }
desk-message-left = Iniwang mensahe
desk-cancelled = hindi naipadala
desk-picture = [Larawan: { $alt }]
desk-why = Bakit
desk-not-understood = Hindi naintindihan
desk-unexplained = Hindi naipaliwanag: { $words }
desk-evidence-phrase = parirala
desk-evidence-similar = kahawig ng
desk-evidence-keyword = susing salita
desk-evidence-pattern = pattern
desk-moved-flow = Sinimulan ng bot ang “{ $flow }”
desk-moved-handoff = Ipinasa sa pilang { $queue }: { $reason }
desk-moved-handoff-closed = Sarado ang pilang { $queue }: { $reason }
desk-left-visitor = Umalis sa pila ang bisita
desk-left-message = Nag-iwan ng mensahe ang bisita sa halip na maghintay
desk-left-closed = Nagsara ang pila
desk-left-waited = Masyadong matagal naghintay ang bisita
desk-left-away = Walang tao sa desk
desk-assigned-assigner = Ibinigay kay { $agent }
desk-assigned-claim = Sumasagot si { $agent }
desk-assigned-take-over = Kinuha ni { $agent }
desk-assigned-transfer = Ipinasa kay { $agent }
desk-returned-agent = Ibinalik ni { $agent } sa pilang { $queue }
desk-returned-away = Wala si { $agent }: balik sa pilang { $queue }
desk-returned-silent = Hindi sumagot si { $agent }: balik sa pilang { $queue }
desk-returned-transfer = Ipinasa ni { $agent } sa pilang { $queue }
desk-handed-back = Ibinalik ni { $agent } sa bot
desk-handed-back-to = Ibinalik ni { $agent } sa bot, na magtutuloy sa “{ $flow }”
desk-resolved-by = Nilutas ni { $agent }
desk-resolved-idle = Itinuring na lutas dahil wala nang sumulat
desk-reopened = Muling binuksan ng isang sagot
desk-closed-resolved = Isinara
desk-closed-idle = Isinara dahil wala nang sumulat
desk-rated = Rating na { $score } sa 5{ $comment }
desk-called = Nagtanong ang bot sa { $service }
desk-call-failed = Walang resulta: { $why }
desk-call-timeout = walang sagot sa takdang oras
desk-call-unknown = tumigil ang server samantala
desk-fault = Sira: { $detail }

## Desk: context card
desk-card = Konteksto
desk-card-label = Konteksto: { $reason }
desk-no-reason = Walang humiling ng tao.
desk-known = Nalalaman
desk-slot-from = sinabi rito
desk-fact-queue = Pila
desk-fact-channel = Channel
desk-fact-page = Page
desk-fact-referrer = Galing sa
desk-tried = Mga sinubukan ng bot
desk-tried-running = tumatakbo
desk-tried-finished = natapos
desk-tried-cancelled = kinansela
desk-tried-handed-off = ipinasa
desk-tried-replaced = pinalitan
desk-tried-gone = wala na
desk-tried-failed = nabigo
desk-tried-service = walang resulta
desk-earlier = Mga naunang usapan

## Desk: what the bot did, and what it would have said
desk-suggested = Mga mungkahing sagot
desk-suggested-use = Ilagay sa iyong sagot
desk-call-answered = sumagot
desk-also-asked = Hiniling din: “{ $intent }”
desk-flow-take-message = Mag-iwan ng mensahe
desk-flow-did-you-mean = Ang ibig mo bang sabihin ay …?
desk-flow-anything-else = May iba pa ba?
desk-person = Ang tao
desk-fact-device = Device
desk-replies = Mga handang sagot
desk-mentions = Mga talang bumabanggit sa iyo
desk-close = Isara

## Desk: keys
desk-keys = Mga shortcut sa keyboard
desk-key-tip = { $what } ({ $key })
desk-key-next = Susunod na usapan
desk-key-previous = Nakaraang usapan
desk-key-open = Buksan ito
desk-key-search = Maghanap, o mga handang sagot
desk-key-leave = Umalis sa field, isara ang nakabukas

## Desk: what makes itself heard
desk-alerts = Mga alerto
desk-alert-sound = Tunog
desk-alert-desktop = Mga notipikasyon
desk-alert-allow = Payagan ang mga notipikasyon

## Desk: what the script says while a page is open. `{name}`, `{names}` and `{gap}` are filled in by it.
desk-live-watching = Nakabukas din kay: { $names }
desk-live-writing = Sumusulat ng sagot si { $name }…
desk-live-noting = Sumusulat ng tala si { $name }…
desk-live-gap = Walang halaga ang { $gap }. Punan ito, o ipadala muli upang ipadala nang ganito.
desk-live-no-reply = Walang handang sagot na tugma.
desk-live-waits = Naghihintay ng tao si { $name }
desk-live-late = Masyado nang matagal naghintay si { $name }
desk-live-wrote = Sumulat si { $name }
desk-live-named = May talang bumabanggit sa iyo: { $name }
desk-live-granted = Pinapayagan ang mga notipikasyon.
desk-live-denied = Hinaharang ng browser na ito ang mga notipikasyon ng pahinang ito. Maaari mong payagan sa settings nito.
desk-live-default = Hindi pa natatanong ang browser na ito.
desk-live-none = Walang notipikasyon ang browser na ito.
desk-live-visitor = Isang bisita
desk-error-answered-meanwhile = May kasamahang sumagot na mula nang magsimula ka. Basahin ito, at ipadala muli kung kailangan pa ang sa iyo.

## Desk: accounts
desk-add-agent = Magdagdag ng ahente
desk-role = Tungkulin
desk-role-agent = Ahente
desk-role-supervisor = Supervisor
desk-role-admin = Admin
desk-capacity = Sabay-sabay na usapan
desk-sites = Mga site
desk-none-means-all = kapag walang pinili, lahat
desk-save = I-save
desk-set-password = Itakda ang password
desk-disable = Isara ang account
desk-enable = Buksang muli ang account
desk-disabled = Sarado

## Desk: what the API refuses, by its codes: `desk-error-` and the code with dashes
desk-error-offline = Walang koneksiyon sa server. Walang naipadala.
desk-error-wrong-login = Mali ang e-mail o ang password.
desk-error-wrong-link = Hindi na gumagana ang link na ito. Naglalabas ang server ng bago kapag nagsimula ito.
desk-error-too-many-requests = Napakaraming pagsubok. Maghintay muna ng isang minuto.
desk-error-bad-password = Masyadong maikli o mahaba ang password. Hindi bababa sa 10 karakter ang kailangan.
desk-error-bad-value = May laman na hindi magamit ang isang patlang. Pakisuri ang mga ito.
desk-error-email-taken = Sa ibang account na ang e-mail na ito.
desk-error-last-admin = Ito ang huling admin. Gawin munang admin ang iba.
desk-error-own-account = Hindi mo maisasara o maibababa ang sarili mong account. Magpatulong sa ibang admin.
desk-error-admins-only = Admin lang ang makagagawa nito.
desk-error-supervisors-only = Superbisor lang ang makakukuha ng usapan mula sa ibang ahente.
desk-error-not-allowed = Ikaw, o ang napili mo, ay hindi maaaring sumagot para sa site na ito.
desk-error-owned-by-another = May sumasagot na sa usapang ito.
desk-error-not-yours = Kunin muna ang usapan.
desk-error-conversation-closed = Sarado na ang usapang ito.
desk-error-not-possible = Nagbago na ang usapan, kaya hindi ito posible ngayon.
desk-error-not-found = Wala iyon, o wala na.
desk-error-empty-message = Magsulat muna.
desk-error-message-too-long = Masyadong mahaba ang mensaheng ito.
desk-error-wrong-csrf-token = Luma na ang pahinang ito. Paki-load itong muli.
desk-error-busy = Abala ang server. Subukang muli maya-maya.
desk-error-store-halted = Hindi makapag-imbak ang server sa ngayon. Pakisabihan ang nagpapatakbo nito.
desk-error-internal = May naging problema sa server. Pakisubukang muli.
desk-error-https-needed = Kailangan ng desk ang https. Pakisabihan ang nagpapatakbo ng server.
