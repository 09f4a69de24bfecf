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
demo-price = { $n } €
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

## Desk: frame
desk-skip = رفتن به محتوا
desk-navigation = اصلی
desk-inbox = صندوق ورودی
desk-agents = همکاران
desk-presence = پذیرش گفت‌وگوهای تازه
desk-available = آماده
desk-away = دور از میز
desk-away-hint = دور از میز هستید: گفت‌وگوی تازه‌ای به شما داده نمی‌شود.
desk-offline = آفلاین
desk-log-out = خروج
desk-lost = اتصال قطع شد. دوباره تلاش می‌شود…
desk-failed = انجام نشد. لطفاً دوباره تلاش کنید.
desk-nothing-here = اینجا چیزی نیست، یا چیزی که بتوانید ببینید نیست.

## Desk: logging in
desk-login-title = ورود
desk-log-in = ورود
desk-email = ایمیل
desk-password = گذرواژه
desk-new-password = گذرواژهٔ تازه
desk-password-hint = دست‌کم ۱۰ نویسه.
desk-name = نام
desk-setup-title = ساخت نخستین مدیر
desk-setup-lead = این حساب می‌تواند همهٔ حساب‌های دیگر را بیفزاید. بازدیدکنندگان نام را می‌بینند.
desk-setup-create = ساخت حساب
desk-setup-incomplete = این پیوند کامل نیست. آن را کامل از جایی که سرور راه‌اندازی شد رونویسی کنید.

## Desk: inbox
desk-mine = گفت‌وگوهای من
desk-mine-empty = اکنون کسی با شما نیست.
desk-queue = در انتظار
desk-queue-empty = کسی در انتظار نیست.
desk-left = پیام‌های گذاشته‌شده
desk-left-empty = هیچ پیامی در انتظار پاسخ نیست.
desk-open = بازهای دیگر
desk-open-empty = گفت‌وگوی بازی نیست.
desk-closed = بسته‌شده
desk-closed-empty = هنوز هیچ.
desk-team = گروه
desk-load = { $load } از { $capacity }
desk-visitor = بازدیدکننده
desk-claim = پاسخ دادن
desk-owner-bot = ربات
desk-owner-queue = در انتظار { $queue }
desk-owner-left = برای { $queue }
desk-owner-agent = با { $agent }
desk-owner-you = با شما
desk-owner-resolved = حل‌شده
desk-owner-closed = بسته
desk-priority-urgent = فوری
desk-priority-high = بالا
desk-priority-low = پایین
desk-seconds = { $n } ثانیه
desk-minutes = { $n } دقیقه
desk-hours = { $n } ساعت
desk-days = { $n } روز

## Desk: conversation
desk-back = بازگشت به صندوق ورودی
desk-take-over = در دست گرفتن
desk-resolve = حل شد
desk-return = بازگرداندن به صف
desk-transfer = انتقال
desk-transfer-to = به
desk-transfer-note = یادداشت برای نفر بعد
desk-hand-back = بازگرداندن به ربات
desk-hand-back-flow = ربات ادامه می‌دهد با
desk-hand-back-none = چیز خاصی نه
desk-queues = صف‌ها
desk-hint-free = با نخستین پیامتان این گفت‌وگو از آنِ شما می‌شود.
desk-hint-another = { $agent } به این گفت‌وگو پاسخ می‌دهد. می‌توانید یادداشت بگذارید.
desk-hint-over = این گفت‌وگو پایان یافته است. می‌توانید یادداشت بگذارید.
desk-write = نوشتن
desk-reply = پاسخ
desk-note = یادداشت خصوصی
desk-reply-placeholder = به بازدیدکننده بنویسید…
desk-note-placeholder = فقط همکاران این را می‌بینند…
desk-visitor-pressed = بازدیدکننده (دکمه)
desk-note-by = یادداشت { $agent }
desk-message-left = پیام گذاشته شد
desk-cancelled = فرستاده نشد
desk-picture = [تصویر: { $alt }]
desk-why = چرا
desk-not-understood = فهمیده نشد
desk-unexplained = توضیح داده‌نشده: { $words }
desk-evidence-phrase = عبارت
desk-evidence-similar = همانند
desk-evidence-keyword = کلیدواژه
desk-evidence-pattern = الگو
desk-moved-flow = ربات «{ $flow }» را آغاز کرد
desk-moved-handoff = به صف { $queue } سپرده شد: { $reason }
desk-moved-handoff-closed = صف { $queue } بسته است: { $reason }
desk-left-visitor = بازدیدکننده صف را ترک کرد
desk-left-message = بازدیدکننده به جای انتظار پیام گذاشت
desk-left-closed = صف بسته شد
desk-left-waited = بازدیدکننده بیش از اندازه منتظر ماند
desk-left-away = کسی پشت میز نیست
desk-assigned-assigner = به { $agent } داده شد
desk-assigned-claim = { $agent } پاسخ می‌دهد
desk-assigned-take-over = { $agent } در دست گرفت
desk-assigned-transfer = به { $agent } سپرده شد
desk-returned-agent = { $agent } به صف { $queue } بازگرداند
desk-returned-away = { $agent } دور بود: دوباره در صف { $queue }
desk-returned-silent = { $agent } پاسخ نداد: دوباره در صف { $queue }
desk-returned-transfer = { $agent } به صف { $queue } سپرد
desk-handed-back = { $agent } به ربات بازگرداند
desk-handed-back-to = { $agent } به ربات بازگرداند که با «{ $flow }» ادامه می‌دهد
desk-resolved-by = { $agent } حل کرد
desk-resolved-idle = حل‌شده شمرده شد، چون دیگر کسی ننوشت
desk-reopened = با یک پاسخ دوباره باز شد
desk-closed-resolved = بسته شد
desk-closed-idle = بسته شد، چون دیگر کسی ننوشت
desk-rated = امتیاز { $score } از ۵{ $comment }
desk-called = ربات از { $service } پرسید
desk-call-failed = بی‌نتیجه: { $why }
desk-call-timeout = پاسخی به‌موقع نیامد
desk-call-unknown = سرور در این میان ایستاد
desk-fault = اشکال: { $detail }

## Desk: context card
desk-card = زمینه
desk-card-label = زمینه: { $reason }
desk-no-reason = کسی پشتیبان نخواسته است.
desk-known = دانسته‌ها
desk-slot-from = اینجا گفته شد
desk-fact-queue = صف
desk-fact-channel = کانال
desk-fact-page = صفحه
desk-fact-referrer = آمده از
desk-tried = آنچه ربات آزمود
desk-tried-running = در جریان
desk-tried-finished = پایان یافت
desk-tried-cancelled = لغو شد
desk-tried-handed-off = سپرده شد
desk-tried-replaced = جایگزین شد
desk-tried-gone = دیگر وجود ندارد
desk-tried-failed = ناکام ماند
desk-tried-service = بی‌نتیجه
desk-earlier = گفت‌وگوهای پیشین

## Desk: what the bot did, and what it would have said
desk-suggested = پاسخ‌های پیشنهادی
desk-suggested-use = در پاسخ شما گذاشته می‌شود
desk-call-answered = پاسخ داد
desk-also-asked = این را هم خواست: «{ $intent }»
desk-flow-take-message = گذاشتن پیام
desk-flow-did-you-mean = منظورتان … بود؟
desk-flow-anything-else = کار دیگری هست؟
desk-person = شخص
desk-fact-device = دستگاه
desk-replies = پاسخ‌های آماده
desk-mentions = یادداشت‌هایی که از شما نام می‌برند
desk-close = بستن

## Desk: keys
desk-keys = میان‌برهای صفحه‌کلید
desk-key-tip = { $what } ({ $key })
desk-key-next = گفتگوی بعدی
desk-key-previous = گفتگوی قبلی
desk-key-open = باز کردن
desk-key-search = جستجو، یا پاسخ‌های آماده
desk-key-leave = بیرون آمدن از کادر، بستن آنچه باز است

## Desk: what makes itself heard
desk-alerts = هشدارها
desk-alert-sound = صدا
desk-alert-desktop = اعلان‌ها
desk-alert-allow = اجازهٔ اعلان

## Desk: what the script says while a page is open. `{name}`, `{names}` and `{gap}` are filled in by it.
desk-live-watching = همچنین باز نزد: { $names }
desk-live-writing = { $name } در حال نوشتن پاسخ است…
desk-live-noting = { $name } در حال نوشتن یادداشت است…
desk-live-gap = { $gap } مقداری ندارد. آن را پر کنید، یا دوباره بفرستید تا همین‌گونه فرستاده شود.
desk-live-no-reply = هیچ پاسخ آماده‌ای نمی‌خورد.
desk-live-waits = { $name } منتظر یک نفر است
desk-live-late = { $name } بیش از حد منتظر مانده است
desk-live-wrote = { $name } نوشت
desk-live-named = یادداشتی از شما نام می‌برد: { $name }
desk-live-granted = اعلان‌ها مجاز هستند.
desk-live-denied = این مرورگر اعلان‌های این صفحه را مسدود می‌کند. می‌توانید در تنظیمات آن اجازه دهید.
desk-live-default = هنوز از این مرورگر پرسیده نشده است.
desk-live-none = این مرورگر اعلان ندارد.
desk-live-visitor = یک بازدیدکننده
desk-error-answered-meanwhile = از وقتی شروع کردید یکی از همکاران پاسخ داده است. آن را بخوانید و اگر پاسخ شما هنوز لازم است دوباره بفرستید.

## Desk: accounts
desk-add-agent = افزودن همکار
desk-role = نقش
desk-role-agent = همکار
desk-role-supervisor = سرپرست
desk-role-admin = مدیر
desk-capacity = گفت‌وگوهای هم‌زمان
desk-sites = سایت‌ها
desk-none-means-all = بدون انتخاب یعنی همه
desk-save = ذخیره
desk-set-password = تعیین گذرواژه
desk-disable = بستن حساب
desk-enable = باز کردن دوبارهٔ حساب
desk-disabled = بسته

## Desk: what the API refuses, by its codes: `desk-error-` and the code with dashes
desk-error-offline = اتصال به سرور برقرار نیست. چیزی فرستاده نشد.
desk-error-wrong-login = ایمیل یا گذرواژه نادرست است.
desk-error-wrong-link = این پیوند دیگر کار نمی‌کند. سرور هنگام راه‌اندازی پیوند تازه‌ای چاپ می‌کند.
desk-error-too-many-requests = تلاش‌ها بیش از اندازه بود. لطفاً یک دقیقه صبر کنید.
desk-error-bad-password = این گذرواژه بسیار کوتاه یا بسیار بلند است. دست‌کم ۱۰ نویسه لازم است.
desk-error-bad-value = در یکی از خانه‌ها چیزی هست که پذیرفتنی نیست. لطفاً آن‌ها را بررسی کنید.
desk-error-email-taken = این ایمیل از آنِ حساب دیگری است.
desk-error-last-admin = این آخرین مدیر است. نخست کس دیگری را مدیر کنید.
desk-error-own-account = نمی‌توانید حساب خودتان را ببندید یا نقش آن را پایین بیاورید. از مدیر دیگری بخواهید.
desk-error-admins-only = فقط مدیر می‌تواند این کار را بکند.
desk-error-supervisors-only = فقط سرپرست می‌تواند گفت‌وگویی را از همکار دیگر بگیرد.
desk-error-not-allowed = شما یا کسی که برگزیدید اجازهٔ پاسخ‌گویی برای این سایت را ندارید.
desk-error-owned-by-another = کس دیگری به این گفت‌وگو پاسخ می‌دهد.
desk-error-not-yours = نخست گفت‌وگو را در دست بگیرید.
desk-error-conversation-closed = این گفت‌وگو بسته است.
desk-error-not-possible = گفت‌وگو در این میان دگرگون شده است و این کار اکنون شدنی نیست.
desk-error-not-found = چنین چیزی نیست یا دیگر نیست.
desk-error-empty-message = نخست چیزی بنویسید.
desk-error-message-too-long = این پیام بیش از اندازه بلند است.
desk-error-wrong-csrf-token = این صفحه کهنه است. لطفاً دوباره بارگذاری کنید.
desk-error-busy = سرور شلوغ است. لطفاً اندکی بعد دوباره تلاش کنید.
desk-error-store-halted = سرور اکنون نمی‌تواند چیزی ذخیره کند. لطفاً به گردانندهٔ آن خبر دهید.
desk-error-internal = در سرور اشکالی پیش آمد. لطفاً دوباره تلاش کنید.
desk-error-https-needed = میز پاسخ‌گویی به https نیاز دارد. لطفاً به گردانندهٔ سرور خبر دهید.
