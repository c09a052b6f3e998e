#include "providers/loaded_plugin.h"

namespace switchyard::providers
{

void ReleaseBox::released(uint64_t number)
{
    const std::lock_guard lock(mutex_);
    numbers_.push_back(number);
    if (wake_) wake_();
}

std::vector<uint64_t> ReleaseBox::take()
{
    const std::lock_guard lock(mutex_);
    return std::exchange(numbers_, {});
}

void ReleaseBox::close()
{
    const std::lock_guard lock(mutex_);
    wake_ = nullptr;
}

Result<std::unique_ptr<LoadedPlugin>, std::string> LoadedPlugin::load(ObjectFile file, std::string name,
                                                                      std::string sha256, uint64_t number,
                                                                      telemetry::Logger& log,
                                                                      const std::shared_ptr<ReleaseBox>& box)
{
    auto object = LoadedObject::open(std::move(file));
    if (!object) return failure(std::move(object.error()));
    std::unique_ptr<LoadedPlugin> loaded(new LoadedPlugin);
    loaded->number_ = number;
    loaded->object_ = std::move(*object);
    loaded->plugin_ = std::make_unique<Plugin>(std::move(name), std::move(sha256), &log);
    if (auto begun = loaded->plugin_->begin(loaded->object_->table()); !begun) return failure(std::move(begun.error()));
    auto offers = loaded->plugin_->offers();
    if (!offers)
    {
        loaded->plugin_->end();
        return failure(std::move(offers.error()));
    }
    // The deleter only reports: code may not be unmapped by whoever drops the last reference.
    const PluginPtr shared(loaded->plugin_.get(), [box, number](const Plugin*) { box->released(number); });
    for (Plugin::Offer& offer : *offers)
    {
        loaded->claims_.push_back({offer.descriptor.id, offer.descriptor.version, offer.descriptor.typeNumbers});
        loaded->providers_.push_back(std::make_shared<Provider>(shared, *offer.table, std::move(offer.descriptor)));
    }
    return loaded;
}

void LoadedPlugin::retire() { providers_.clear(); }

bool LoadedPlugin::end()
{
    plugin_->end();
    ended_ = true;
    return object_->unload();
}

} // namespace switchyard::providers
