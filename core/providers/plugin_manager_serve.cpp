// Which plug-ins are in service: loading, swapping, unloading, and saying so.
#include "providers/claims.h"
#include "providers/plugin_manager.h"

#include "telemetry/log.h"

#include <fcntl.h>

#include <algorithm>

namespace switchyard::providers
{

namespace
{

std::vector<std::string> idsOf(const std::vector<Claim>& claims)
{
    std::vector<std::string> ids;
    for (const Claim& claim : claims)
        ids.push_back(claim.id);
    return ids;
}

std::string joined(const std::vector<std::string>& parts)
{
    std::string all;
    for (const std::string& part : parts)
        all += (all.empty() ? "" : ",") + part;
    return all;
}

std::string hex(uint64_t number)
{
    char text[19];
    std::snprintf(text, sizeof(text), "0x%llx", static_cast<unsigned long long>(number));
    return text;
}

} // namespace

void PluginHost::Manager::serve()
{
    // A load that fails changes who may have what: then all is weighed again. Each round refuses one more file.
    for (size_t rounds = items_.size() + 1; rounds > 0 && !serveOnce(); --rounds)
    {
    }
    std::erase_if(items_, [](const auto& item) { return !item->present && !item->running; });
    publish();
}

/// Whether all that is to be loaded was.
bool PluginHost::Manager::serveOnce()
{
    ClaimRegister claims;
    for (const auto& item : items_)
    {
        item->conflict.clear();
        const std::string name = item->file.string();
        if (item->running && !item->present)
        {
            retire(*item, "its file was removed");
            continue;
        }
        if (item->bytes && !item->pending)
        {
            const auto verdict = knownVerdict(item->sha256);
            if (!verdict)
            {
                refuse(*item, "its verdict is gone; rescan");
                return false;
            }
            item->conflict = claims.claim(name, verdict->claims);
            if (item->conflict.empty())
            {
                if (!load(*item, *verdict)) return false;
                continue;
            }
        }
        if (!item->running) continue;
        if (std::string conflict = claims.claim(name, item->running->claims()); !conflict.empty())
        {
            retire(*item, conflict);
            item->conflict = std::move(conflict);
            lookBy(Clock::now()); // its content is wanted again, for the day when the other file leaves
        }
    }
    return true;
}

Result<ObjectFile, std::string> PluginHost::Manager::objectFor(Item& item)
{
    if (settings_.direct)
    {
        ObjectFile object;
        object.fd = OwnedFd(::open(item.file.c_str(), O_RDONLY | O_CLOEXEC));
        object.loadAs = item.file;
        if (!object.fd) return failure(std::string("it cannot be opened any more"));
        return object;
    }
    if (!item.object) return objects_.lay(*item.bytes);
    ObjectFile object = std::move(*item.object);
    item.object.reset();
    return object;
}

bool PluginHost::Manager::load(Item& item, const Verdict& verdict)
{
    auto object = objectFor(item);
    if (!object)
    {
        refuse(item, std::move(object.error()));
        return false;
    }
    auto loaded =
        LoadedPlugin::load(std::move(*object), item.file.stem().string(), item.sha256, ++loads_, log_, released_);
    if (!loaded)
    {
        refuse(item, std::move(loaded.error()));
        return false;
    }
    if ((*loaded)->claims() != verdict.claims)
    {
        leaving_.push_back(
            {item.file, item.buildId, {}, {}, std::move(*loaded), "it described itself differently than in the probe"});
        leaving_.back().plugin->retire();
        refuse(item, "it describes its providers differently than in the probe; its descriptors must be constant");
        return false;
    }
    if (item.running) retire(item, "replaced by a newer file");
    item.running = std::move(*loaded);
    item.runningBuildId = item.buildId;
    item.bytes.reset();
    item.object.reset();
    item.reason.clear();
    item.refusedSha256.clear();
    return true;
}

void PluginHost::Manager::retire(Item& item, std::string reason)
{
    const auto& claims = item.running->claims();
    leaving_.push_back({item.file, item.runningBuildId, idsOf(claims),
                        claims.empty() ? std::string() : claims.front().version, std::move(item.running),
                        std::move(reason)});
    Leaving& leaving = leaving_.back();
    log_.info("plug-in leaves service",
              {{"file", leaving.file.string()}, {"sha256", leaving.plugin->sha256()}, {"reason", leaving.reason}});
    leaving.plugin->retire();
}

void PluginHost::Manager::publish()
{
    std::vector<ProviderPtr> all;
    for (const auto& item : items_)
        if (item->running) all.insert(all.end(), item->running->providers().begin(), item->running->providers().end());
    if (all == published_) return;
    published_ = all;
    auto set = std::make_shared<const ProviderSet>(std::move(all), ++sets_);
    const std::lock_guard order(subscribing_);
    std::vector<std::function<void(ProviderSetPtr)>> subscribers;
    {
        const std::lock_guard lock(mutex_);
        providers_ = set;
        subscribers = subscribers_;
    }
    for (const auto& subscriber : subscribers)
        subscriber(set);
}

// The last reference may have been dropped by code that is about to return into the object: one turn of every loop
// later nobody can be in it any more.
void PluginHost::Manager::releaseUnused()
{
    for (const uint64_t number : released_->take())
    {
        if (!settings_.afterEveryLoopTurned)
            unload(number);
        else
            settings_.afterEveryLoopTurned([turned = turned_, number] { turned->released(number); });
    }
}

void PluginHost::Manager::unload(uint64_t number)
{
    const auto found = std::find_if(leaving_.begin(), leaving_.end(),
                                    [number](const Leaving& leaving) { return leaving.plugin->number() == number; });
    if (found == leaving_.end()) return;
    if (found->plugin->end())
    {
        log_.info("plug-in unloaded", {{"file", found->file.string()}, {"sha256", found->plugin->sha256()}});
        leaving_.erase(found);
        return;
    }
    found->reason += "; its code stays mapped: something in it forbids unloading";
    log_.warning("plug-in stays mapped", {{"file", found->file.string()}, {"sha256", found->plugin->sha256()}});
}

PluginInfo PluginHost::Manager::infoOf(const Item& item) const
{
    PluginInfo info;
    info.name = item.file.stem().string();
    info.file = item.file.string();
    const std::string& why = item.conflict.empty() ? item.reason : item.conflict;
    if (item.running)
    {
        info.state = PluginState::loaded;
        info.sha256 = item.running->sha256();
        info.buildId = item.runningBuildId;
        info.version = item.running->claims().front().version;
        info.providers = idsOf(item.running->claims());
        info.address = item.running->address();
        if (!why.empty()) info.reason = "the newer file is not in service: " + why;
        return info;
    }
    info.sha256 = item.sha256;
    info.buildId = item.buildId;
    info.state = item.pending ? PluginState::pending : PluginState::refused;
    info.reason = item.pending ? "being examined" : why;
    return info;
}

void PluginHost::Manager::say(Item& item)
{
    const PluginInfo info = infoOf(item);
    std::string line = std::string(providers::nameOf(info.state)) + info.sha256 + info.reason;
    if (line == item.said || info.state == PluginState::pending) return;
    const bool isNew = item.said.rfind("loaded" + info.sha256, 0) != 0;
    item.said = std::move(line);
    if (info.state == PluginState::loaded && isNew)
        log_.info("plug-in loaded", {{"file", info.file},
                                     {"sha256", info.sha256},
                                     {"build_id", info.buildId},
                                     {"address", hex(info.address)},
                                     {"providers", joined(info.providers)}});
    if (!info.reason.empty())
        log_.warning("plug-in refused", {{"file", info.file}, {"sha256", item.sha256}, {"reason", info.reason}});
}

void PluginHost::Manager::tell()
{
    std::vector<PluginInfo> list;
    for (const auto& item : items_)
    {
        say(*item);
        list.push_back(infoOf(*item));
    }
    for (const Leaving& leaving : leaving_)
        list.push_back({leaving.file.stem().string(), leaving.file.string(), leaving.version, leaving.plugin->sha256(),
                        leaving.buildId, leaving.providers, PluginState::leaving, leaving.reason,
                        leaving.plugin->address()});
    const std::lock_guard lock(mutex_);
    list_ = std::move(list);
    lookedOnce_ = true;
    settled_ = settled() && !rescanWanted_;
    changed_.notify_all();
}

} // namespace switchyard::providers
