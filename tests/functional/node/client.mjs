// usage: client.mjs QUESTION '{"member": value}': asks the gateway with the official client and prints as JSON what came of it.
import OpenAI from 'openai';

const [question, membersText] = process.argv.slice(2);
const members = JSON.parse(membersText ?? '{}');
const client = new OpenAI({maxRetries: 0, timeout: 20000});
const chat = {model: 'gpt-4o-mini', messages: [{role: 'user', content: 'Which track?'}], ...members};

let text = '';

const questions = {
  chat: () => client.chat.completions.create(chat),
  async stream() {
    let finish = null;
    let usage = null;
    for await (const chunk of await client.chat.completions.create({...chat, stream: true})) {
      text += chunk.choices[0]?.delta.content ?? '';
      finish = chunk.choices[0]?.finish_reason ?? finish;
      usage = chunk.usage ?? usage;
    }
    return {text, finish, usage};
  },
  collected: () => client.chat.completions.stream(chat).finalChatCompletion(),
  embeddings: () => client.embeddings.create({model: 'text-embedding-3-small', ...members}),
  completion: () => client.completions.create({model: 'gpt-3.5-turbo-instruct', prompt: 'A switchyard is', ...members}),
  moderation: () => client.moderations.create({model: 'omni-moderation-latest', input: 'Off with his coupling!', ...members}),
  async models() {
    const ids = [];
    for await (const model of client.models.list()) ids.push(model.id);
    return ids;
  },
  model: () => client.models.retrieve(members.model),
};

try {
  console.log(JSON.stringify({result: await questions[question]()}));
} catch (error) {
  if (!(error instanceof OpenAI.APIError)) throw error;
  const {status, code, type} = error;
  const answer = {error: {name: error.constructor.name, status: status ?? null, code: code ?? null, type: type ?? null}};
  if (question === 'stream') answer.text = text;
  console.log(JSON.stringify(answer));
}
