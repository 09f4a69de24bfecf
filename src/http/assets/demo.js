// The demo page's own buttons. The queue keeps what is asked before the widget has loaded.
window.frontdesk = window.frontdesk || function () { (window.frontdesk.q = window.frontdesk.q || []).push(arguments); };
document.getElementById('open')?.addEventListener('click', () => window.frontdesk('open'));
