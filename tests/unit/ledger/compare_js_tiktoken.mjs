// Compares token_tool with js-tiktoken on random texts.
// usage: node compare_js_tiktoken.mjs TOKEN_TOOL FOLDER      FOLDER holds (or gets, from npm) node_modules/js-tiktoken
// Exits with 77, which CTest shows as skipped, when the package is not there and cannot be fetched.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const [tool, folderArgument] = process.argv.slice(2);
const folder = resolve(folderArgument);
const kPackage = 'js-tiktoken@1.0.21';
if (!existsSync(join(folder, 'node_modules/js-tiktoken'))) {
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(folder, 'package.json'))) writeFileSync(join(folder, 'package.json'), '{"private":true}');
  const fetched = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--silent', kPackage],
    { cwd: folder, timeout: 60000 });
  if (fetched.status !== 0) {
    console.log(`skipped: ${kPackage} is not installed and npm cannot fetch it`);
    process.exit(77);
  }
}
const { getEncoding } = createRequire(join(folder, 'package.json'))('js-tiktoken');

let state = 0x2545f491;
const random = (n) => {  // xorshift: the same texts in every run
  state ^= state << 13; state ^= state >>> 17; state ^= state << 5;
  return (state >>> 0) % n;
};
// Left out: U+0085, U+FEFF, U+017F and the like, on which JavaScript's patterns differ from the reference's.
const atoms = ["'s", "'LL", "'re", "'", ' ', '  ', '\t', '\n', '\r\n', '\u00a0', '\u3000', 'a', 'the', 'Hello', 'WORLD', 'xY',
  '你', '好世界', 'é', 'e\u0301', '\u0301', '1', '123', '1234', '½', '!', '?!', '/', '//', '...', '==', '👍', '🇩🇪', 'ا', 'क्',
  '한글', 'Привет', 'мир', '_', '--', '<|endoftext|>', '{', '"', '\\', 'aaaa', '𠀀', 'ＡＢ', ' the', ' of', ' 世'];
const texts = Array.from({ length: 1500 }, () => Array.from({ length: 1 + random(30) }, () => atoms[random(atoms.length)]).join(''));
const frames = Buffer.concat(texts.flatMap((text) => {
  const bytes = Buffer.from(text), head = Buffer.alloc(4);
  head.writeUInt32LE(bytes.length);
  return [head, bytes];
}));

let different = 0;
for (const name of ['cl100k_base', 'o200k_base', 'p50k_base', 'r50k_base']) {
  const encoding = getEncoding(name);
  const ours = execFileSync(tool, ['encode', name], { input: frames, maxBuffer: 1 << 26 }).toString().split('\n');
  texts.forEach((text, i) => {
    const theirs = encoding.encode(text, [], []).join(' ');
    if (theirs === ours[i]) return;
    if (++different <= 5) console.log(`${name} ${JSON.stringify(text)}: ${ours[i]}, js-tiktoken says ${theirs}`);
  });
}
console.log(`${texts.length} texts in 4 encodings, ${different} different`);
process.exit(different === 0 ? 0 : 1);
