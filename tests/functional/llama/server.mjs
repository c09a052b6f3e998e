// usage: server.mjs FOLDER SAMPLE: llama.cpp behind the OpenAI chat API on a free port of 127.0.0.1; prints "plain PORT".
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import {getLlama, LlamaCompletion} from 'node-llama-cpp';
import {writeModel} from './gguf.mjs';

const [folder, sample] = process.argv.slice(2);
const file = path.join(folder, 'pairs.gguf');
writeModel(fs.readFileSync(sample, 'utf8'), file);
const llama = await getLlama({gpu: false, build: 'never', skipDownload: true, logLevel: 'error'});
const model = await llama.loadModel({modelPath: file});
const context = await model.createContext({contextSize: 512, sequences: 4, threads: 1});

async function answer(asked, response) {
  const prompt = asked.messages.map(message => message.content).join(' ').slice(-300) + ' ';
  const promptTokens = model.tokenize(prompt).length;
  const base = {id: `chatcmpl-${Date.now()}`, created: Math.floor(Date.now() / 1000), model: 'pairs'};
  const frame = (choices, more) => response.write(`data: ${JSON.stringify({...base, object: 'chat.completion.chunk', choices, ...more})}\n\n`);
  const left = new AbortController();
  response.on('close', () => left.abort());
  if (asked.stream) response.writeHead(200, {'content-type': 'text/event-stream'});
  const sequence = context.getSequence();
  try {
    let pieces = 0;
    const content = await new LlamaCompletion({contextSequence: sequence}).generateCompletion(prompt, {
      maxTokens: asked.max_tokens ?? 64, temperature: asked.temperature ?? 0.7, seed: asked.seed, signal: left.signal,
      onTextChunk: piece => {
        pieces++;
        if (asked.stream) frame([{index: 0, delta: {content: piece}, finish_reason: null}]);
      },
    });
    const usage = {prompt_tokens: promptTokens, completion_tokens: pieces, total_tokens: promptTokens + pieces};
    if (!asked.stream) {
      response.setHeader('content-type', 'application/json');
      const choices = [{index: 0, message: {role: 'assistant', content}, finish_reason: 'length'}];
      return response.end(JSON.stringify({...base, object: 'chat.completion', choices, usage}));
    }
    frame([{index: 0, delta: {}, finish_reason: 'length'}]);
    if (asked.stream_options?.include_usage) frame([], {usage});
    response.end('data: [DONE]\n\n');
  } finally {
    sequence.dispose();
  }
}

http.createServer((request, response) => {
  let body = '';
  request.on('data', piece => body += piece);
  request.on('end', () => answer(JSON.parse(body), response).catch(error => response.destroy(error)));
}).listen(0, '127.0.0.1', function () { console.log(`plain ${this.address().port}`); });
