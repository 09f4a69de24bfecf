# فارسی

## Widget
widget-launcher = گفت‌وگو با ما
widget-close = بستن گفت‌وگو
widget-offline = فعلاً اتصال برقرار نیست. دوباره تلاش می‌شود…
widget-retry = تلاش دوباره
widget-unread = پیام‌های تازه: { $n }
widget-assistant = دستیار
widget-waiting = در انتظار همکار ما
widget-agent = همکار ما
widget-you = شما
widget-send = فرستادن
widget-messages = پیام‌ها
widget-placeholder = پیامی بنویسید…
widget-person = صحبت با پشتیبان
widget-again = شروع گفت‌وگوی تازه
widget-closed = این گفت‌وگو پایان یافته است
widget-queue = شما نفر { $n } در صف هستید.
widget-estimate = معمولاً { $from } تا { $to } دقیقه.
widget-estimate-one = معمولاً حدود { $n } دقیقه.
widget-joined = { $agent } به گفت‌وگو پیوست
widget-queued = در حال یافتن همکاری برای شما هستیم
widget-back-to-bot = دستیار دوباره پاسخ می‌دهد
widget-resolved = حل‌شده علامت خورد. اگر حل نشده، دوباره بنویسید.
widget-reopened = گفت‌وگو ادامه دارد
widget-rated = از امتیاز شما سپاسگزاریم
widget-not-sent-yet = هنوز فرستاده نشده. دوباره تلاش می‌شود…
widget-not-sent = این پیام فرستاده نشد.

## Demo page
demo-shop = Olive Lane
demo-tagline = چراغ، صندلی و چیزهای کوچک برای شب‌های خوب
demo-note = این فروشگاه خیالی است و گفت‌وگویی را نشان می‌دهد که همراه Frontdesk می‌آید: هر چه در آن می‌بینید واقعی است.
demo-language = زبان
demo-products = این هفته
demo-lamp = چراغ مطالعه «Heron»
demo-chair = مبل «Harbour»
demo-pot = گلدان «Dune»
demo-shelf = قفسهٔ دیواری «Ridge»
demo-ask-title = از دستیار بپرسید
demo-ask-lead = چند پرسش برای شروع:
demo-ask-hours = چه ساعتی باز هستید؟
demo-ask-order = سفارش من کجاست؟
demo-ask-return = می‌خواهم یک چراغ را پس بدهم
demo-ask-person = می‌توانم با یک انسان صحبت کنم؟
demo-open-chat = باز کردن گفت‌وگو
demo-desk-title = به جای فروشگاه پاسخ دهید
demo-desk-lead = وقتی بازدیدکننده‌ای پشتیبان بخواهد، گفت‌وگو با همهٔ آنچه گفته شده روی میز پاسخ‌گویی پدیدار می‌شود.
demo-desk-link = باز کردن میز پاسخ‌گویی
demo-embed-title = آن را در سایت خود بگذارید
demo-embed-lead = یک خط، هر جای صفحه. زبان از صفحه پیروی می‌کند؛ رنگ، سمت و برچسب با شماست.
