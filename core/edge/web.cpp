#include "edge/web.h"

namespace switchyard::edge
{

std::string_view welcomePage() noexcept
{
    return R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Switchyard</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 4rem auto; padding: 0 1rem; color: #1c2733; }
code, pre { font: 14px/1.5 ui-monospace, monospace; background: #f0f3f6; border-radius: 4px; }
code { padding: .1em .3em; }
pre { padding: 1rem; overflow-x: auto; }
</style>
</head>
<body>
<h1>Switchyard is running</h1>
<p>This is an AI gateway. Programs reach it under <code>/v1</code> with an API key of its own:</p>
<pre>curl -N /v1/chat/completions \
  -H "Authorization: Bearer sk-..." \
  -H "Content-Type: application/json" \
  -d '{"model":"demo-small","stream":true,"messages":[{"role":"user","content":"Hello"}]}'</pre>
<p>Channels and keys are managed on the gateway's machine with <code>switchyard channel</code> and
<code>switchyard token</code>. The state of the gateway: <a href="/api/status">/api/status</a>.</p>
</body>
</html>
)";
}

} // namespace switchyard::edge
