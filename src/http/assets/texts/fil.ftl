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
widget-joined = Sumali na si { $agent } sa chat
widget-queued = Kumukuha kami ng taong kakausap sa iyo
widget-back-to-bot = Ang assistant na muli ang sumasagot
widget-resolved = Minarkahang nalutas na. Sumulat muli kung hindi pa.
widget-reopened = Tuloy ang usapan
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
