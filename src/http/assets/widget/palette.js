// Colours that can be read, whatever colour the site's owner chose.

// The owner's colour, made readable: what stands on it is black or white, and where it is used as ink it is darkened or
// lightened until it can be read on the panel.
function palette(given, dark) {
  const context = document.createElement('canvas').getContext('2d');
  context.fillStyle = '#2457c5';
  context.fillStyle = given || '#2457c5';
  const hex = /^#[0-9a-f]{6}$/.test(context.fillStyle) ? context.fillStyle : '#2457c5';
  const brand = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
  const light = (rgb) => rgb.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  const panel = dark ? [35, 38, 45] : [242, 244, 247];
  let ink = brand;
  for (let i = 0; i < 20 && contrast(ink, panel) < 4.6; i += 1) ink = ink.map((v) => Math.round(v + ((dark ? 255 : 0) - v) * 0.12));
  const css = (rgb) => `rgb(${rgb.join(' ')})`;
  const white = contrast(brand, [255, 255, 255]) >= 4.5 || contrast(brand, [255, 255, 255]) >= contrast(brand, [17, 17, 17]);
  return { brand: css(brand), on: white ? '#fff' : '#111', ink: css(ink) };
}
