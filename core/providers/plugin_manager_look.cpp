// What lies in the directories, and whether it may be loaded.
#include "providers/plugin_manager.h"

#include "elf_file.h"

#include <algorithm>

namespace switchyard::providers
{

namespace fs = std::filesystem;

namespace
{

std::string problemsOf(const sdk::PluginElf& elf)
{
    std::string all;
    for (const sdk::ElfProblem& problem : elf.problems)
        all += (all.empty() ? "" : "; ") + problem.text;
    return all;
}

bool isPluginName(const fs::path& file)
{
    const std::string name = file.filename().string();
    return file.extension() == ".so" && name.front() != '.';
}

} // namespace

std::vector<fs::path> PluginHost::Manager::files() const
{
    std::vector<fs::path> all;
    for (const fs::path& directory : settings_.directories)
    {
        std::vector<fs::path> here;
        std::error_code failed;
        for (fs::directory_iterator entry(directory, failed), end; !failed && entry != end; entry.increment(failed))
            if (isPluginName(entry->path())) here.push_back(entry->path());
        std::sort(here.begin(), here.end());
        all.insert(all.end(), here.begin(), here.end());
    }
    return all;
}

void PluginHost::Manager::look()
{
    std::vector<std::unique_ptr<Item>> before = std::move(items_);
    items_.clear();
    for (const fs::path& file : files())
    {
        const auto known = std::find_if(before.begin(), before.end(),
                                        [&file](const auto& item) { return item && item->file == file; });
        items_.push_back(known != before.end() ? std::move(*known) : std::make_unique<Item>());
        Item& item = *items_.back();
        item.file = file;
        item.present = true;
        auto content = readPluginFile(file);
        if (content)
            consider(item, std::move(*content));
        else
        {
            item.sha256.clear();
            refuse(item, std::move(content.error()));
        }
    }
    for (auto& item : before)
        if (item && item->running)
        {
            item->present = false;
            item->pending = false;
            items_.push_back(std::move(item));
        }
}

void PluginHost::Manager::consider(Item& item, PluginBytes content)
{
    if (item.sha256 != content.sha256)
    {
        item.sha256 = content.sha256;
        item.seenAt = Clock::now();
        item.bytes.reset();
        item.object.reset();
        item.pending = false;
    }
    if (item.running && item.running->sha256() == item.sha256)
    {
        item.pending = false;
        item.refusedSha256.clear();
        item.reason.clear();
        return;
    }
    if (item.bytes || (!item.refusedSha256.empty() && item.refusedSha256 == item.sha256))
        return; // decided, or about to be
    const auto verdict = knownVerdict(item.sha256);
    if (!rests(item, verdict && verdict->accepted)) return;
    const sdk::PluginElf elf = sdk::inspectPlugin(content.bytes);
    item.buildId = elf.buildId;
    if (!elf.ok()) return refuse(item, problemsOf(elf));
    if (verdict && !verdict->accepted) return refuse(item, verdict->reason);
    item.bytes = std::move(content);
    if (verdict) return;
    item.pending = true;
    const bool known = std::any_of(probes_.begin(), probes_.end(),
                                   [&item](const Probe& probe) { return probe.sha256 == item.sha256; });
    if (!known) probes_.push_back({item.file, item.sha256, nullptr});
}

// A content that was accepted before is whole. Any other must be the same at two looks, `quiet` apart: else it may be a
// file that somebody still writes. At the first look of all nothing is waited for: a change would be noticed.
bool PluginHost::Manager::rests(Item& item, bool knownGood)
{
    const Clock::time_point ripe = item.seenAt + settings_.quiet;
    item.pending = !first_ && !knownGood && Clock::now() < ripe;
    if (item.pending) lookBy(ripe);
    return !item.pending;
}

std::optional<Verdict> PluginHost::Manager::knownVerdict(const std::string& sha256) const
{
    if (const auto found = verdicts_.find(sha256); found != verdicts_.end()) return found->second;
    return store_.find(sha256);
}

void PluginHost::Manager::refuse(Item& item, std::string reason)
{
    item.refusedSha256 = item.sha256;
    item.reason = std::move(reason);
    item.bytes.reset();
    item.object.reset();
    item.pending = false;
}

void PluginHost::Manager::startProbes()
{
    const auto running =
        std::count_if(probes_.begin(), probes_.end(), [](const Probe& probe) { return probe.process != nullptr; });
    auto free = static_cast<std::ptrdiff_t>(std::max<size_t>(settings_.probesAtOnce, 1)) - running;
    for (Probe& probe : probes_)
    {
        if (probe.process || free <= 0) continue;
        const auto found =
            std::find_if(items_.begin(), items_.end(),
                         [&probe](const auto& item) { return item->bytes && item->sha256 == probe.sha256; });
        if (found == items_.end())
        {
            probe.sha256.clear(); // it went or changed meanwhile
            continue;
        }
        Item& item = **found;
        auto object = objects_.lay(*item.bytes);
        if (!object)
        {
            refuse(item, std::move(object.error()));
            probe.sha256.clear();
            continue;
        }
        item.object = std::move(*object);
        probe.process = std::make_unique<ProbeProcess>(settings_.probe, *item.object, settings_.probeLimit);
        --free;
    }
    std::erase_if(probes_, [](const Probe& probe) { return probe.sha256.empty(); });
}

void PluginHost::Manager::takeProbes()
{
    for (Probe& probe : probes_)
    {
        if (!probe.process) continue;
        const auto verdict = probe.process->take();
        if (!verdict) continue;
        verdicts_[probe.sha256] = *verdict;
        if (verdict->keep) store_.keep(probe.sha256, *verdict);
        for (const auto& item : items_)
        {
            if (!item->bytes || item->sha256 != probe.sha256) continue;
            if (verdict->accepted)
                item->pending = false;
            else
                refuse(*item, verdict->reason);
        }
        probe.sha256.clear();
    }
    std::erase_if(probes_, [](const Probe& probe) { return probe.sha256.empty(); });
}

} // namespace switchyard::providers
