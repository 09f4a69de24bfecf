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
widget-joined = Mae { $agent } wedi ymuno â’r sgwrs
widget-queued = Rydyn ni’n dod o hyd i berson i chi
widget-back-to-bot = Mae’r cynorthwyydd yn ateb eto
widget-resolved = Wedi’i nodi fel wedi’i ddatrys. Ysgrifennwch eto os nad yw.
widget-reopened = Mae’r sgwrs yn parhau
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
