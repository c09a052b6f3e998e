// The table of subcommands.
#include "app/command.h"

#include "app/channel_commands.h"
#include "app/inspect_commands.h"
#include "app/journal_commands.h"
#include "app/keys_commands.h"
#include "app/ledger_commands.h"
#include "app/token_commands.h"

namespace switchyard::app
{

namespace
{

int serveCommand(Invocation& invocation)
{
    if (invocation.hooks.serve) return invocation.hooks.serve(invocation.config());
    invocation.err << "switchyard: this build cannot serve\n";
    return kExitFailure;
}

} // namespace

std::string Invocation::text(std::string_view option, std::string otherwise) const
{
    const auto at = options.find(option);
    return at == options.end() ? std::move(otherwise) : at->second;
}

std::span<const Command> commands()
{
    static const std::vector<Command> table{
        {"serve", "", "run the gateway", {}, 0, true, serveCommand},
        {"plugins", "", "list plug-ins: loaded, refused and why", {}, 0, false, pluginsCommand},
        {"channel add",
         "",
         "add a channel: a way to a provider",
         {{"name", "NAME", "how people call it", true},
          {"type", "TYPE", "a provider id such as openai, or a One API number", true},
          {"models", "LIST", "comma separated models that clients may ask for here", true},
          {"base-url", "URL", "where the provider is, if not at its usual place"},
          {"key", "KEY", "the provider's API key; `-` reads it from standard input"},
          {"group", "LIST", "comma separated user groups that may use it (default: default)"},
          {"priority", "N", "higher ones are tried first (default: 0)"},
          {"weight", "N", "share among those of one priority; 0 counts as 1 (default: 0)"},
          {"model-mapping", "JSON", "names at the provider, such as {\"gpt-4o\":\"gpt-4o-2024-11-20\"}"},
          {"system-prompt", "TEXT", "put before, or in the place of, each conversation's system message"},
          {"channel-config", "JSON", "the provider's own settings, such as {\"region\":\"eu-west-1\"}"},
          {"proxy", "URL", "proxy for this channel (http, https, socks5, socks5h)"},
          {"no-usage-frame", "", "do not ask this upstream for usage in streams: some refuse the question"}},
         0,
         false,
         channelAdd},
        {"channel list", "", "list the channels", {}, 0, false, channelList},
        {"channel test", "ID|NAME", "send a small request through a channel", {}, 1, false, channelTest},
        {"channel remove", "ID|NAME", "remove a channel", {}, 1, false, channelRemove},
        {"token add",
         "",
         "make an API key and print it",
         {{"name", "NAME", "how people call it", true},
          {"quota", "POINTS", "what it may spend"},
          {"unlimited", "", "it may spend what its user has (this is so without --quota, too)"},
          {"user", "NAME", "whose it is (default: root)"},
          {"models", "LIST", "comma separated models that it may use (default: all)"},
          {"subnet", "LIST", "comma separated networks that it may be used from (default: all)"},
          {"expires-in", "TIME", "such as 30d (default: never)"}},
         0,
         false,
         tokenAdd},
        {"token list", "", "list the tokens", {}, 0, false, tokenList},
        {"token remove", "ID|NAME", "remove a token", {}, 1, false, tokenRemove},
        {"keys status", "", "whether channel keys are sealed, and with which file", {}, 0, false, keysStatus},
        {"keys encrypt",
         "",
         "seal the channels' keys in the database",
         {{"yes", "", "One API cannot use the channels afterwards, and that is understood"}},
         0,
         false,
         keysEncrypt},
        {"keys decrypt", "", "keep the channels' keys in clear, as One API does", {}, 0, false, keysDecrypt},
        {"keys rotate", "", "seal the channels' keys with a new key", {}, 0, false, keysRotate},
        {"ledger explain", "REQUEST_ID", "recompute what a request was charged, from its log rows", {}, 1, false, ledgerExplain},
        {"ledger audit",
         "",
         "check that opening + entries - charges = balance for every account",
         {{"enter", "", "write what differs into the books; balances stay as they are"}},
         0,
         false,
         ledgerAudit},
        {"journal verify",
         "",
         "read the whole usage journal: clean, or what is torn or damaged, where, and whose requests",
         {},
         0,
         false,
         journalVerify},
        {"journal dump", "", "print the journal's records as lines of JSON", {}, 0, false, journalDump},
        {"journal repair",
         "",
         "give up what cannot be read of a damaged journal, so that the rest counts again",
         {{"accept-loss", "", "nobody is charged for what is given up"}},
         0,
         false,
         journalRepair},
        {"journal apply", "", "bring the database up to the journal, while no gateway runs", {}, 0, false, journalApply},
        {"check-config", "", "show each setting's value and where it came from", {}, 0, true, checkConfig},
    };
    return table;
}

} // namespace switchyard::app
