// A model file without training: llama architecture, one-hot embeddings, attention and feed-forward that add nothing, and
// an output matrix of a text's character pairs. Real tokens, real sampling, words that mean nothing.
import fs from 'node:fs';

const WIDTH = 384;
const LAYERS = 2;
const HIDDEN = 64;
const HEADS = 6;
const F32 = 0;
const types = {u32: 4, f32: 6, text: 8, list: 9, i32: 5};

const u32 = n => { const b = Buffer.alloc(4); b.writeUInt32LE(n); return b; };
const u64 = n => { const b = Buffer.alloc(8); b.writeBigUInt64LE(BigInt(n)); return b; };
const f32 = n => { const b = Buffer.alloc(4); b.writeFloatLE(n); return b; };
const text = s => { const b = Buffer.from(s, 'utf8'); return Buffer.concat([u64(b.length), b]); };
const list = (type, items) => Buffer.concat([u32(type), u64(items.length), ...items]);
const padding = n => Buffer.alloc((32 - n % 32) % 32);

// Tokens as llama.cpp's SentencePiece vocabulary wants them: three special ones, all bytes, then the characters.
function vocabulary() {
  const tokens = [['<unk>', 2, 0], ['<s>', 3, 0], ['</s>', 3, 0]];
  for (let byte = 0; byte < 256; ++byte) tokens.push([`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`, 6, 0]);
  const ofCharacter = {};
  for (let code = 33; code < 127; ++code) {
    ofCharacter[String.fromCharCode(code)] = tokens.length;
    tokens.push([String.fromCharCode(code), 1, -1]);
  }
  ofCharacter[' '] = tokens.length;
  tokens.push(['\u2581', 1, -1]);
  return {tokens, ofCharacter};
}

function pairCounts(sample, {tokens, ofCharacter}) {
  const counts = Array.from({length: tokens.length}, () => new Float64Array(tokens.length));
  let previous = 1;
  for (const character of sample.replace(/\s+/g, ' ')) {
    const token = ofCharacter[character];
    if (token === undefined) continue;
    counts[previous][token]++;
    previous = token;
  }
  return counts;
}

function tensors(sample, vocab) {
  const size = vocab.tokens.length;
  const blank = vocab.ofCharacter[' '];
  const made = [];
  const add = (name, dimensions, fill) => {
    const data = new Float32Array(dimensions.reduce((a, b) => a * b, 1));
    fill?.(data);
    made.push({name, dimensions, data});
  };
  add('token_embd.weight', [WIDTH, size], data => { for (let t = 0; t < size; ++t) data[t * WIDTH + t % WIDTH] = 1; });
  add('output_norm.weight', [WIDTH], data => data.fill(1));
  const counts = pairCounts(sample, vocab);
  add('output.weight', [WIDTH, size], data => {
    for (let from = 0; from < size; ++from) {
      const total = counts[from].reduce((a, b) => a + b, 0);
      for (let to = 0; to < size; ++to) {
        const unseen = to === blank ? 0 : -20;
        const weight = total ? Math.log((counts[from][to] + 1e-4) / (total + size * 1e-4)) : unseen;
        data[to * WIDTH + from] = weight / Math.sqrt(WIDTH);
      }
    }
  });
  for (let layer = 0; layer < LAYERS; ++layer) {
    const part = name => `blk.${layer}.${name}.weight`;
    add(part('attn_norm'), [WIDTH], data => data.fill(1));
    for (const name of ['q', 'k', 'v', 'output']) add(part(`attn_${name}`), [WIDTH, WIDTH]);
    add(part('ffn_norm'), [WIDTH], data => data.fill(1));
    add(part('ffn_gate'), [WIDTH, HIDDEN]);
    add(part('ffn_up'), [WIDTH, HIDDEN]);
    add(part('ffn_down'), [HIDDEN, WIDTH]);
  }
  return made;
}

/// Writes a model that has read `sample` to `path`.
export function writeModel(sample, path) {
  const vocab = vocabulary();
  const weights = tensors(sample, vocab);
  const entries = [];
  const entry = (key, type, value) => entries.push(Buffer.concat([text(key), u32(types[type]), value]));
  entry('general.architecture', 'text', text('llama'));
  entry('general.name', 'text', text('pairs'));
  entry('llama.context_length', 'u32', u32(2048));
  entry('llama.embedding_length', 'u32', u32(WIDTH));
  entry('llama.block_count', 'u32', u32(LAYERS));
  entry('llama.feed_forward_length', 'u32', u32(HIDDEN));
  entry('llama.attention.head_count', 'u32', u32(HEADS));
  entry('llama.attention.layer_norm_rms_epsilon', 'f32', f32(1e-5));
  entry('llama.rope.dimension_count', 'u32', u32(WIDTH / HEADS));
  entry('llama.vocab_size', 'u32', u32(vocab.tokens.length));
  entry('tokenizer.ggml.model', 'text', text('llama'));
  entry('tokenizer.ggml.tokens', 'list', list(types.text, vocab.tokens.map(token => text(token[0]))));
  entry('tokenizer.ggml.scores', 'list', list(types.f32, vocab.tokens.map(token => f32(token[2]))));
  entry('tokenizer.ggml.token_type', 'list', list(types.i32, vocab.tokens.map(token => u32(token[1]))));
  entry('tokenizer.ggml.bos_token_id', 'u32', u32(1));
  entry('tokenizer.ggml.eos_token_id', 'u32', u32(2));
  entry('tokenizer.ggml.unknown_token_id', 'u32', u32(0));

  let offset = 0;
  const descriptions = weights.map(({name, dimensions, data}) => {
    const description = Buffer.concat([text(name), u32(dimensions.length), ...dimensions.map(u64), u32(F32), u64(offset)]);
    offset += data.byteLength + padding(data.byteLength).length;
    return description;
  });
  const head = Buffer.concat([Buffer.from('GGUF'), u32(3), u64(weights.length), u64(entries.length), ...entries, ...descriptions]);
  const bodies = weights.flatMap(({data}) => [Buffer.from(data.buffer), padding(data.byteLength)]);
  fs.writeFileSync(path, Buffer.concat([head, padding(head.length), ...bodies]));
}
