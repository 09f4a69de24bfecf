# Cymraeg

## Widget
widget-launcher = Sgwrsio â ni
widget-close = Cau’r sgwrs
widget-offline = Dim cysylltiad ar hyn o bryd. Yn ceisio eto…
widget-retry = Ceisio eto
widget-unread = Negeseuon newydd: { $n }
widget-assistant = Cynorthwyydd
widget-waiting = Yn aros am berson
widget-agent = Ein tîm
widget-you = Chi
widget-send = Anfon
widget-messages = Negeseuon
widget-placeholder = Ysgrifennwch neges…
widget-person = Siarad â pherson
widget-again = Dechrau sgwrs newydd
widget-closed = Mae’r sgwrs hon wedi dod i ben
widget-queue = Chi yw rhif { $n } yn y ciw.
widget-estimate = Fel arfer rhwng { $from } a { $to } munud.
widget-estimate-one = Fel arfer tua { $n } munud.
widget-rated = Diolch am eich sgôr
widget-not-sent-yet = Heb ei hanfon eto. Yn ceisio eto…
widget-not-sent = Nid oedd modd anfon y neges hon.

## Demo page
demo-shop = Olive Lane
demo-tagline = Lampau, cadeiriau a phethau bach ar gyfer nosweithiau braf
demo-note = Siop ddychmygol yw hon. Mae’n dangos y sgwrs sy’n dod gyda Frontdesk: mae popeth a welwch ynddi yn go iawn.
demo-language = Iaith
demo-products = Yr wythnos hon
demo-lamp = Lamp ddarllen “Heron”
demo-chair = Cadair freichiau “Harbour”
demo-pot = Pot planhigyn “Dune”
demo-shelf = Silff wal “Ridge”
demo-price = € { $n }
demo-ask-title = Gofynnwch i’r cynorthwyydd
demo-ask-lead = Rhai pethau i roi cynnig arnyn nhw:
demo-ask-hours = Pryd ydych chi ar agor?
demo-ask-order = Ble mae fy archeb?
demo-ask-return = Dw i eisiau dychwelyd lamp
demo-ask-person = Ga i siarad â pherson?
demo-open-chat = Agor y sgwrs
demo-desk-title = Atebwch fel y siop
demo-desk-lead = Pan fydd ymwelydd yn gofyn am berson, mae’r sgwrs yn ymddangos wrth y ddesg gyda phopeth a ddywedwyd.
demo-desk-link = Agor y ddesg
demo-embed-title = Rhowch hi ar eich gwefan eich hun
demo-embed-lead = Un llinell, unrhyw le yn y dudalen. Mae’r iaith yn dilyn y dudalen; chi sy’n dewis y lliw, yr ochr a’r label.

## Desk: frame
desk-skip = Neidio i’r cynnwys
desk-navigation = Prif ddewislen
desk-inbox = Blwch derbyn
desk-agents = Asiantau
desk-presence = Derbyn sgyrsiau newydd
desk-available = Ar gael
desk-away = I ffwrdd
desk-away-hint = Rydych i ffwrdd: ni roddir sgyrsiau newydd i chi.
desk-offline = All-lein
desk-log-out = Allgofnodi
desk-lost = Collwyd y cysylltiad. Yn ceisio eto…
desk-failed = Ni weithiodd hynny. Rhowch gynnig arall arni.
desk-nothing-here = Does dim byd yma, neu ddim byd y cewch ei weld.

## Desk: logging in
desk-login-title = Mewngofnodi
desk-log-in = Mewngofnodi
desk-email = E-bost
desk-password = Cyfrinair
desk-new-password = Cyfrinair newydd
desk-password-hint = O leiaf 10 nod.
desk-name = Enw
desk-setup-title = Creu’r gweinyddwr cyntaf
desk-setup-lead = Gall y cyfrif hwn ychwanegu pob un arall. Mae ymwelwyr yn gweld yr enw.
desk-setup-create = Creu’r cyfrif
desk-setup-incomplete = Mae’r ddolen hon yn anghyflawn. Copïwch hi’n gyfan o’r man lle cychwynnwyd y gweinydd.

## Desk: inbox
desk-mine = Fy rhai i
desk-mine-empty = Does neb gyda chi ar hyn o bryd.
desk-queue = Yn aros
desk-queue-empty = Does neb yn aros.
desk-left = Negeseuon a adawyd
desk-left-empty = Does dim neges yn aros am ateb.
desk-open = Eraill ar agor
desk-open-empty = Dim sgyrsiau agored.
desk-closed = Wedi cau
desk-closed-empty = Dim eto.
desk-team = Tîm
desk-load = { $load } o { $capacity }
desk-visitor = Ymwelydd
desk-claim = Ateb
desk-owner-bot = Bot
desk-owner-queue = Yn aros am { $queue }
desk-owner-left = Ar gyfer { $queue }
desk-owner-agent = Gyda { $agent }
desk-owner-you = Gyda chi
desk-owner-resolved = Wedi’i datrys
desk-owner-closed = Wedi cau
desk-priority-urgent = Brys
desk-priority-high = Uchel
desk-priority-low = Isel
desk-seconds = { $n } eil.
desk-minutes = { $n } mun.
desk-hours = { $n } awr
desk-days = { $n } d.

## Desk: conversation
desk-back = Yn ôl i’r blwch derbyn
desk-take-over = Cymryd drosodd
desk-resolve = Datrys
desk-return = Dychwelyd i’r ciw
desk-transfer = Trosglwyddo
desk-transfer-to = I
desk-transfer-note = Nodyn i’r nesaf
desk-hand-back = Rhoi yn ôl i’r bot
desk-hand-back-flow = Mae’r bot yn parhau gyda
desk-hand-back-none = dim byd penodol
desk-queues = Ciwiau
desk-hint-free = Mae eich neges gyntaf yn cymryd y sgwrs hon.
desk-hint-another = Mae { $agent } eisoes yn ateb hon. Gallwch adael nodyn.
desk-hint-over = Mae’r sgwrs hon ar ben. Gallwch adael nodyn.
desk-write = Ysgrifennu
desk-reply = Ateb
desk-note = Nodyn preifat
desk-reply-placeholder = Ysgrifennwch at yr ymwelydd…
desk-note-placeholder = Dim ond cydweithwyr sy’n gweld hwn…
desk-visitor-pressed = Ymwelydd (botwm)
desk-note-by = Nodyn gan { $agent }
desk-message-left = Gadawyd neges
desk-cancelled = heb ei hanfon
desk-picture = [Llun: { $alt }]
desk-why = Pam
desk-not-understood = Heb ei deall
desk-unexplained = Heb eu hesbonio: { $words }
desk-evidence-phrase = ymadrodd
desk-evidence-similar = tebyg i
desk-evidence-keyword = allweddair
desk-evidence-pattern = patrwm
desk-moved-flow = Dechreuodd y bot “{ $flow }”
desk-moved-handoff = Trosglwyddwyd i’r ciw { $queue }: { $reason }
desk-moved-handoff-closed = Mae’r ciw { $queue } ar gau: { $reason }
desk-left-visitor = Gadawodd yr ymwelydd y ciw
desk-left-message = Gadawodd yr ymwelydd neges yn lle aros
desk-left-closed = Caeodd y ciw
desk-left-waited = Arhosodd yr ymwelydd yn rhy hir
desk-left-away = Does neb wrth y ddesg
desk-assigned-assigner = Rhoddwyd i { $agent }
desk-assigned-claim = Mae { $agent } yn ateb
desk-assigned-take-over = Cymerodd { $agent } drosodd
desk-assigned-transfer = Trosglwyddwyd i { $agent }
desk-returned-agent = Dychwelodd { $agent } hi i’r ciw { $queue }
desk-returned-away = Roedd { $agent } i ffwrdd: yn ôl yn y ciw { $queue }
desk-returned-silent = Nid atebodd { $agent }: yn ôl yn y ciw { $queue }
desk-returned-transfer = Trosglwyddodd { $agent } hi i’r ciw { $queue }
desk-handed-back = Rhoddodd { $agent } hi yn ôl i’r bot
desk-handed-back-to = Rhoddodd { $agent } hi yn ôl i’r bot, sy’n parhau gyda “{ $flow }”
desk-resolved-by = Datryswyd gan { $agent }
desk-resolved-idle = Datryswyd, gan nad oedd neb yn ysgrifennu mwyach
desk-reopened = Ailagorwyd gan ateb
desk-closed-resolved = Caewyd
desk-closed-idle = Caewyd, gan nad oedd neb yn ysgrifennu mwyach
desk-rated = Sgôr { $score } o 5{ $comment }
desk-called = Gofynnodd y bot i { $service }
desk-call-failed = Dim canlyniad: { $why }
desk-call-timeout = dim ateb mewn pryd
desk-call-unknown = stopiodd y gweinydd yn y cyfamser
desk-fault = Nam: { $detail }

## Desk: context card
desk-card = Cyd-destun
desk-card-label = Cyd-destun: { $reason }
desk-no-reason = Ni ofynnwyd am berson.
desk-known = Yn hysbys
desk-slot-from = dywedwyd yma
desk-fact-queue = Ciw
desk-fact-channel = Sianel
desk-fact-page = Tudalen
desk-fact-referrer = Daeth o
desk-tried = Beth roddodd y bot gynnig arno
desk-tried-running = ar waith
desk-tried-finished = gorffennwyd
desk-tried-cancelled = canslwyd
desk-tried-handed-off = trosglwyddwyd
desk-tried-replaced = disodlwyd
desk-tried-gone = ddim yn bodoli mwyach
desk-tried-failed = methodd
desk-tried-service = dim canlyniad
desk-earlier = Sgyrsiau cynharach

## Desk: what the bot did, and what it would have said
desk-suggested = Atebion a awgrymir
desk-suggested-use = Ei roi yn eich ateb
desk-call-answered = wedi ateb
desk-also-asked = Gofynnodd hefyd am: “{ $intent }”
desk-flow-take-message = Gadael neges
desk-flow-did-you-mean = Oeddech chi’n meddwl …?
desk-flow-anything-else = Unrhyw beth arall?
desk-person = Y person
desk-fact-device = Dyfais
desk-replies = Atebion parod
desk-mentions = Nodiadau sy’n eich enwi
desk-close = Cau

## Desk: keys
desk-keys = Llwybrau byr bysellfwrdd
desk-key-tip = { $what } ({ $key })
desk-key-next = Y sgwrs nesaf
desk-key-previous = Y sgwrs flaenorol
desk-key-open = Ei hagor
desk-key-search = Chwilio, neu atebion parod
desk-key-leave = Gadael y maes, cau’r hyn sydd ar agor

## Desk: what makes itself heard
desk-alerts = Rhybuddion
desk-alert-sound = Sain
desk-alert-desktop = Hysbysiadau
desk-alert-allow = Caniatáu hysbysiadau

## Desk: what the script says while a page is open. `{name}`, `{names}` and `{gap}` are filled in by it.
desk-live-watching = Ar agor hefyd gan: { $names }
desk-live-writing = Mae { $name } yn ysgrifennu ateb…
desk-live-noting = Mae { $name } yn ysgrifennu nodyn…
desk-live-gap = Does dim gwerth i { $gap }. Llenwch ef, neu anfonwch eto i’w anfon fel y mae.
desk-live-no-reply = Does dim ateb parod yn cyfateb.
desk-live-waits = Mae { $name } yn aros am berson
desk-live-late = Mae { $name } wedi aros yn rhy hir
desk-live-wrote = Ysgrifennodd { $name }
desk-live-named = Mae nodyn yn eich enwi: { $name }
desk-live-granted = Caniateir hysbysiadau.
desk-live-denied = Mae’r porwr hwn yn rhwystro hysbysiadau’r dudalen hon. Gallwch eu caniatáu yn ei osodiadau.
desk-live-default = Ni ofynnwyd i’r porwr hwn eto.
desk-live-none = Does gan y porwr hwn ddim hysbysiadau.
desk-live-visitor = Ymwelydd
desk-error-answered-meanwhile = Mae cydweithiwr wedi ateb ers ichi ddechrau. Darllenwch ef, ac anfonwch eto os oes angen eich ateb o hyd.

## Desk: accounts
desk-add-agent = Ychwanegu asiant
desk-role = Rôl
desk-role-agent = Asiant
desk-role-supervisor = Goruchwyliwr
desk-role-admin = Gweinyddwr
desk-capacity = Sgyrsiau ar unwaith
desk-sites = Gwefannau
desk-none-means-all = heb ddewis yn golygu pob un
desk-save = Cadw
desk-set-password = Gosod y cyfrinair
desk-disable = Cau’r cyfrif
desk-enable = Ailagor y cyfrif
desk-disabled = Ar gau

## Desk: what the API refuses, by its codes: `desk-error-` and the code with dashes
desk-error-offline = Dim cysylltiad â’r gweinydd. Ni anfonwyd dim.
desk-error-wrong-login = Mae’r cyfeiriad e-bost neu’r cyfrinair yn anghywir.
desk-error-wrong-link = Nid yw’r ddolen hon yn gweithio bellach. Mae’r gweinydd yn argraffu un newydd wrth gychwyn.
desk-error-too-many-requests = Gormod o geisiadau. Arhoswch funud.
desk-error-bad-password = Mae’r cyfrinair hwn yn rhy fyr neu’n rhy hir. Mae angen o leiaf 10 nod.
desk-error-bad-value = Mae rhywbeth mewn maes na ellir ei ddefnyddio. Gwiriwch y meysydd.
desk-error-email-taken = Mae’r cyfeiriad e-bost hwn yn perthyn i gyfrif arall.
desk-error-last-admin = Dyma’r gweinyddwr olaf. Gwnewch rywun arall yn weinyddwr yn gyntaf.
desk-error-own-account = Ni allwch gau na gostwng eich cyfrif eich hun. Gofynnwch i weinyddwr arall.
desk-error-admins-only = Dim ond gweinyddwr all wneud hyn.
desk-error-supervisors-only = Dim ond goruchwyliwr all gymryd sgwrs oddi ar asiant arall.
desk-error-not-allowed = Ni chewch chi, neu’r person a ddewisoch, ateb dros y wefan hon.
desk-error-owned-by-another = Mae rhywun arall eisoes yn ateb y sgwrs hon.
desk-error-not-yours = Cymerwch y sgwrs yn gyntaf.
desk-error-conversation-closed = Mae’r sgwrs hon ar gau.
desk-error-not-possible = Mae’r sgwrs wedi newid yn y cyfamser, felly nid yw hyn yn bosibl nawr.
desk-error-not-found = Nid yw hynny’n bod, neu nid yw’n bod bellach.
desk-error-empty-message = Ysgrifennwch rywbeth yn gyntaf.
desk-error-message-too-long = Mae’r neges hon yn rhy hir.
desk-error-wrong-csrf-token = Mae’r dudalen hon yn hen. Llwythwch hi eto.
desk-error-busy = Mae’r gweinydd yn brysur. Rhowch gynnig arall arni mewn eiliad.
desk-error-store-halted = Ni all y gweinydd gadw dim ar hyn o bryd. Rhowch wybod i bwy bynnag sy’n ei redeg.
desk-error-internal = Aeth rhywbeth o’i le ar y gweinydd. Rhowch gynnig arall arni.
desk-error-https-needed = Mae angen https ar y ddesg. Rhowch wybod i bwy bynnag sy’n rhedeg y gweinydd.
