/* A whole provider plug-in in C: answers a chat with the text of its last message, word by word. See ../README.md. */
#include <stdlib.h>
#include <string.h>
#include <switchyard/provider.h>

struct swy_exchange { const swy_actions_t *host; };
#define TEXT(literal) {literal, sizeof(literal) - 1}

/* What the last "content":"..." has between its quotes. The host has checked the JSON: no bounds are needed. */
static swy_borrowed_t last_content(const char *p, const char *end) {
    swy_borrowed_t text = {0}, found = {0};
    for (bool value = false; p < end; ++p) {
        if (strchr(":[{", *p)) value = *p == ':' && text.size == 7 && !memcmp(text.data, "content", 7);
        if (*p != '"') continue;
        for (text.data = ++p; *p != '"'; ++p) p += *p == '\\';
        text.size = (size_t)(p - text.data);
        if (value) found = text;
        value = false;
    }
    return found;
}

static size_t unescape(swy_borrowed_t in, char *out) { /* text never gets longer by it */
    char *o = out, hex[5] = {0};
    for (const char *p = in.data, *end = p + in.size; p < end; ++p) {
        const bool escaped = *p == '\\';
        const char *letter = escaped ? strchr("n\nt\tr\rb\bf\f", *++p) : NULL;
        if (!escaped || *p != 'u') { *o++ = letter ? letter[1] : *p; continue; }
        uint32_t code = (uint32_t)strtoul(memcpy(hex, p + 1, 4), NULL, 16);
        p += 4;
        if (code >> 10 == 0x36 && p[1] == '\\' && p[2] == 'u') { /* the first half of a pair */
            code = 0x10000 + ((code & 0x3FF) << 10) + ((uint32_t)strtoul(memcpy(hex, p + 3, 4), NULL, 16) & 0x3FF);
            p += 6;
        }
        if (code >> 11 == 0x1B) code = 0xFFFD; /* half a pair alone */
        const int size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        for (int i = size; i-- > 1; code >>= 6) o[i] = (char)(0x80 | (code & 0x3F));
        *o = (char)(size == 1 ? code : (0xF00u >> size & 0xFF) | code), o += size;
    }
    return (size_t)(o - out);
}

static void on_event(swy_exchange_t *self, const swy_event_t *event) {
    if (event->kind != SWY_EVENT_START) return;
    const swy_actions_t *host = self->host;
    const swy_start_t *start = event->payload;
    const swy_borrowed_t content = last_content(start->body.data, start->body.data + start->body.size);
    char *text = host->alloc(host->context, content.size + 1);
    const size_t size = text ? unescape(content, text) : 0;
    int64_t words = 0;
    for (size_t at = 0, begin = 0; at++ < size;) {
        if (at < size && !(text[at - 1] == ' ' && text[at] != ' ')) continue;
        host->delta(host->context, &(swy_delta_t){sizeof(swy_delta_t), SWY_DELTA_TEXT, 0, 0, {text + begin, at - begin}, {0}, {0}, {0}});
        begin = at, ++words;
    }
    const swy_count_t used[] = {{TEXT(SWY_UNIT_INPUT), words}, {TEXT(SWY_UNIT_OUTPUT), words}};
    host->usage(host->context, &(swy_usage_t){sizeof(swy_usage_t), SWY_USAGE_FINAL, used, 2, 0});
    host->delta(host->context, &(swy_delta_t){.struct_size = sizeof(swy_delta_t), .kind = SWY_DELTA_STOP, .name = TEXT("stop")});
    host->finish(host->context);
}

static char no_settings;
static swy_channel_t *channel_create(const swy_provider_t *p, const swy_channel_config_t *c, swy_text_out_t *error) {
    return (void)p, (void)c, (void)error, (swy_channel_t *)&no_settings;
}
static swy_exchange_t *exchange_create(const swy_provider_t *p, swy_channel_t *channel, const swy_actions_t *host) {
    swy_exchange_t *self = host->alloc(host->context, sizeof *self); /* the host frees it */
    if (self) self->host = host;
    return (void)p, (void)channel, self;
}
static void channel_destroy(swy_channel_t *channel) { (void)channel; } static void exchange_destroy(swy_exchange_t *self) { (void)self; }
static bool init(const swy_host_t *host, swy_text_out_t *error) { return (void)host, (void)error, true; } static void deinit(void) {}

static const char *const operations[] = {SWY_OP_CHAT, NULL}, *const dialects[] = {SWY_DIALECT_OPENAI, NULL};
static const swy_descriptor_t descriptor = {.struct_size = sizeof descriptor, .id = "echo", .name = "Echo", .vendor = "Switchyard",
    .version = "1.0.0", .default_base_url = "http://localhost", .operations = operations, .dialects = dialects};
static const swy_provider_t echo = {sizeof echo, 0, &descriptor, channel_create, channel_destroy, exchange_create, on_event, exchange_destroy};
static const swy_provider_t *provider(uint32_t index) { return index == 0 ? &echo : NULL; }
const swy_plugin_t switchyard_plugin = {sizeof switchyard_plugin, SWY_ABI_MAJOR, SWY_ABI_MINOR, 0, NULL, init, deinit, provider, NULL};
