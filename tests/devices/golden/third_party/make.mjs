// Makes the streams in this folder anew: `npm install` the two packages of the README in an empty folder, then
// `node make.mjs <that folder>`. The words and numbers stand in `expected.json`, which the tests read too.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const load = createRequire(join(resolve(process.argv[2] ?? '.'), 'package.json'));
const ReceiptPrinterEncoder = load('@point-of-sale/receipt-printer-encoder');
const receiptline = load('receiptline');
const { PNG } = createRequire(load.resolve('receiptline'))('pngjs');
const expected = JSON.parse(readFileSync(join(here, 'expected.json'), 'utf8'));
const { words, codes, picture } = expected;

const write = (name, data) => writeFileSync(join(here, `${name}.bin`), data);
const epson = (options) => new ReceiptPrinterEncoder({ printerModel: 'epson-tm-t88vi', columns: 48, ...options });

// One bit a dot, as rows of '#' and '.', as an ImageData and as a PNG.
const width = picture[0].length, height = picture.length;
const rgba = new Uint8ClampedArray(width * height * 4);
picture.join('').split('').forEach((dot, i) => rgba.set([...Array(3).fill(dot === '#' ? 0 : 255), 255], i * 4));
const png = new PNG({ width, height });
png.data = Buffer.from(rgba);
const base64 = PNG.sync.write(png).toString('base64');

write('encoder-text', epson().initialize().codepage('auto')
  .align('center').bold(true).line(words.title).bold(false)
  .align('right').line(words.right)
  .align('left').line(words.danish).line(words.russian)
  .codepage('cp737').line(words.greek).codepage('windows1253').line(words.greek)
  .codepage('cp852').line(words.polish).codepage('cp858').line(words.euro)
  .size(2, 2).line(words.large).size(1, 1)
  .invert(true).line(words.inverse).invert(false)
  .underline(true).line(words.underlined).underline(false)
  .font('B').line(words.small).font('A')
  .table([{ width: 20, align: 'left' }, { width: 10, align: 'right' }], words.table)
  .rule().newline(2).cut('partial').encode());

let bars = epson({ feedBeforeCut: 0 }).initialize();
for (const [kind, content] of codes.bars) {
  bars = bars.barcode(content, kind, { height: 60, width: kind === 'code128' ? 1 : 2, text: 'none' }).newline(2);
}
write('encoder-bars', bars.encode());
write('encoder-qr', epson().initialize().align('center').qrcode(codes.number, { model: 2, size: 6, errorlevel: 'm' }).cut().encode());

const image = { width, height, data: rgba };
for (const mode of ['raster', 'column']) {
  write(`encoder-${mode}`, epson({ imageMode: mode }).initialize()
    .line('before').image(image, width, height, 'threshold').line('after').pulse(0, 100, 400).encode());
}

const printer = { cpl: 48, command: 'escpos', cutting: true, gradient: false, spacing: true };
const lines = (text, options) => Buffer.from(receiptline.transform(text, { ...printer, ...options }), 'binary');
write('receiptline-text', lines(
  [
    `^^^${words.large}`, `"${words.title}"`, `${words.right} |`, `| ${words.danish}`, `| ${words.polish}`,
    `| ${words.russian}`, `| ${words.euro}`, '`' + words.inverse + '`', `_${words.underlined}_`,
    ...words.table.map((row) => row.join(' | ')), '{border: line; width: 20 10}', words.table[0].join(' | '),
    '{border: space; width: *}', '---',
  ].join('\n'),
  { encoding: 'multilingual' },
));
write('receiptline-japanese', lines(`{width: *}\n${words.japanese}\n${words.title}`, { encoding: 'cp932' }));
write('receiptline-codes', lines(
  [
    `{code: ${codes.number}; option: code128 2 60 nohri}`, `{code: ${codes.ean}; option: ean 3 60 hri}`,
    `{code: ${codes.number}; option: qrcode 5 m}`, `{image: ${base64}}`,
  ].join('\n'),
  { encoding: 'cp437' },
));
write('receiptline-generic', lines(
  [`{code: ${codes.number}; option: qrcode 5 m}`, `{image: ${base64}}`].join('\n'),
  { encoding: 'cp437', command: 'generic', spacing: false },
));
