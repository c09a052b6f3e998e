#include "checks.h"
#include "elf_file.h"
#include "plugin_object.h"
#include "recording.h"
#include "rules.h"

#include <switchyard/json.hpp>

#include <cstring>
#include <set>

namespace switchyard::check
{

namespace
{

class DescriptorCheck
{
public:
    DescriptorCheck(const swy_provider_t& provider, Findings& findings) : provider_(provider), findings_(findings)
    {
        if (provider.descriptor && provider.descriptor->id) where_ = provider.descriptor->id;
    }

    void run(std::set<std::string>& ids, std::set<uint32_t>& numbers)
    {
        if (provider_.struct_size < sizeof(swy_provider_t)) fault("the provider's struct_size is too small");
        if (!provider_.channel_create || !provider_.channel_destroy || !provider_.exchange_create || !provider_.event ||
            !provider_.exchange_destroy)
            return fault("one of the provider's functions is missing");
        if (!provider_.descriptor) return fault("it has no descriptor");
        const swy_descriptor_t& d = *provider_.descriptor;
        if (d.struct_size < sizeof(swy_descriptor_t)) return fault("the descriptor's struct_size is too small");
        id(d, ids);
        text("name", d.name, true);
        text("vendor", d.vendor, false);
        text("version", d.version, true);
        text("home_page", d.home_page, false);
        text("icon", d.icon, false);
        text("key_hint", d.key_hint, false);
        if (d.home_page && hostOf(d.home_page, {"http", "https"}).empty()) fault("home_page is no URL");
        if (d.default_base_url && hostOf(d.default_base_url, {"http", "https"}).empty())
            fault("default_base_url is no http or https URL");
        list("operations", d.operations, true);
        list("dialects", d.dialects, false);
        list("hosts", d.hosts, false);
        for (const char* const* host = d.hosts; host && *host; ++host)
            if (hostOf("https://" + std::string(*host), {"https"}) != *host)
                fault(std::string("the host ") + *host + " is no lower-case host name alone");
        for (uint32_t i = 0; i < d.type_number_count; ++i)
            if (!numbers.insert(d.type_numbers[i]).second)
                fault("the type number " + std::to_string(d.type_numbers[i]) + " is claimed twice");
        for (uint32_t i = 0; i < d.model_count; ++i)
            if (!d.models[i] || d.models[i]->struct_size < sizeof(swy_model_t) || !d.models[i]->name ||
                !*d.models[i]->name)
                return fault("a model has no name");
        schema(d);
        channels(d);
    }

private:
    void fault(std::string what) { findings_.faults.push_back({"descriptor", where_, std::move(what)}); }

    void id(const swy_descriptor_t& d, std::set<std::string>& ids)
    {
        const std::string_view name = d.id ? d.id : "";
        if (name.empty() || name.size() > 64 ||
            name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") != name.npos)
            fault("the id '" + std::string(name) + "' is not 1 to 64 lower-case letters, digits, '-' and '_'");
        if (!ids.insert(std::string(name)).second) fault("the id is offered twice");
    }

    void text(const char* what, const char* value, bool needed)
    {
        if (needed && (!value || !*value)) fault(std::string(what) + " is missing");
        if (value && sdk::firstNotUtf8(value) != std::string_view::npos) fault(std::string(what) + " is not UTF-8");
    }

    void list(const char* what, const char* const* values, bool needed)
    {
        if (needed && (!values || !*values)) return fault(std::string(what) + " is empty");
        std::set<std::string> seen;
        for (; values && *values; ++values)
        {
            if (!**values) fault(std::string(what) + " has an empty text");
            if (!seen.insert(*values).second) fault(std::string(what) + " names " + *values + " twice");
        }
    }

    void schema(const swy_descriptor_t& d)
    {
        if (!d.config_schema) return;
        if (const auto check = sdk::checkJson(d.config_schema); !check)
            return fault("config_schema is no JSON: " + std::string(check.problem) + " at byte " +
                         std::to_string(check.offset));
        const sdk::JsonView schema(d.config_schema);
        if (!schema.isObject() || !schema["type"].is("object")) fault("config_schema does not describe an object");
        for (const auto& name : schema["required"].elements())
            if (!schema["properties"][name.text()])
                fault("config_schema requires " + std::string(name.json()) + " and does not describe it");
    }

    void channels(const swy_descriptor_t& d)
    {
        const uint32_t number = d.type_number_count ? d.type_numbers[0] : 0;
        TextRoom error;
        const ChannelObject good(provider_, goodBaseUrl(d), "sk-0123456789abcdef", goodConfig(d), number, error);
        if (!good.get()) channelFault("refuses a form that its own descriptor describes: " + error.text());
        struct Form
        {
            std::string url, key, config;
        };
        const std::string deep = std::string(100, '[') + std::string(100, ']');
        const Form malformed[] = {{"", "", "{}"},
                                  {"not a url", "k", "{}"},
                                  {"http://", "k", "{}"},
                                  {goodBaseUrl(d), "", "{}"},
                                  {goodBaseUrl(d), std::string(100000, 'k'), "{}"},
                                  {goodBaseUrl(d), "a\r\nb", "{}"},
                                  {std::string(100000, '/'), "k", "{}"},
                                  {goodBaseUrl(d), "k", wronglyTyped(d)},
                                  {goodBaseUrl(d), "k", "{\"unknown\":" + deep + "}"}};
        for (const size_t capacity : {size_t{1024}, size_t{5}, size_t{0}})
            for (const Form& form : malformed)
            {
                TextRoom room(capacity);
                const ChannelObject channel(provider_, form.url, form.key, form.config, number, room);
                if (room.overrun())
                    return channelFault("writes its error text past the room of " + std::to_string(capacity) +
                                        " bytes");
                if (!channel.get() && capacity == 1024 && room.text().empty())
                    return channelFault("refuses a form without saying why (key " + shortened(form.key) +
                                        ", base URL " + shortened(form.url) + ")");
                if (sdk::firstNotUtf8(room.text()) != std::string_view::npos && capacity == 1024)
                    return channelFault("writes an error text that is not UTF-8");
            }
    }

    /// Each member that the schema knows, with a value of another type.
    static std::string wronglyTyped(const swy_descriptor_t& d)
    {
        std::string config = "{";
        const sdk::JsonView properties = sdk::JsonView(d.config_schema ? d.config_schema : "{}")["properties"];
        for (const auto& member : properties.members())
            config += (config.size() > 1 ? ",\"" : "\"") + std::string(member.name) +
                      "\":" + (member.value["type"].is("string") ? "[7]" : "\"seven\"");
        return config + "}";
    }

    static std::string shortened(const std::string& text) { return sdk::jsonString(text.substr(0, 30)); }
    void channelFault(std::string what) { findings_.faults.push_back({"channel", where_, "it " + std::move(what)}); }

    const swy_provider_t& provider_;
    Findings& findings_;
    std::string where_;
};

} // namespace

void checkStructure(const std::string& file, Findings& findings)
{
    const sdk::PluginElf elf = sdk::inspectPlugin(readFile(file));
    for (const sdk::ElfProblem& problem : elf.problems)
        findings.faults.push_back({"structure", std::string(problem.rule), "the file " + problem.text});
}

void checkDescriptor(const std::string& file, Findings& findings)
{
    const PluginObject plugin(file);
    if (!plugin.problem().empty())
    {
        findings.faults.push_back({"load", "", "the plug-in " + plugin.problem()});
        return;
    }
    std::set<std::string> ids;
    std::set<uint32_t> numbers;
    for (const swy_provider_t* provider : plugin.providers())
        DescriptorCheck(*provider, findings).run(ids, numbers);
}

} // namespace switchyard::check
