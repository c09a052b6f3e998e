#include "providers/loaded_object.h"

#include <dlfcn.h>
#include <link.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cinttypes>
#include <cstdio>
#include <fstream>

namespace switchyard::providers
{

std::string loaderError(const std::string& name)
{
    const char* said = ::dlerror();
    std::string text = said ? said : "the loader gave no reason";
    if (text.rfind(name + ": ", 0) == 0) text.erase(0, name.size() + 2);
    std::string reason = "it cannot be loaded: " + text;
    if (text.find("undefined symbol") != std::string::npos)
        reason += "; link what it needs into it (-Wl,-z,defs finds this when it is built)";
    else if (text.find("cannot open shared object") != std::string::npos)
        reason += "; a plug-in may need the C and C++ libraries only";
    return reason;
}

Result<std::unique_ptr<LoadedObject>, std::string> LoadedObject::open(ObjectFile file)
{
    const std::string name = file.loadAs.string();
    std::unique_ptr<LoadedObject> object(new LoadedObject(std::move(file)));
    object->handle_ = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!object->handle_) return failure(loaderError(name));
    object->table_ = static_cast<const swy_plugin_t*>(::dlsym(object->handle_, "switchyard_plugin"));
    if (!object->table_) return failure(loaderError(name));
    if (!object->isMappedFromFile(object->table_))
        return failure(std::string("the loader handed back an object that it had loaded before under this name; "
                                   "restart the gateway to load the new file (this is so with --plugin-direct)"));
    const link_map* map = nullptr;
    if (::dlinfo(object->handle_, RTLD_DI_LINKMAP, &map) == 0) object->address_ = map->l_addr;
    return object;
}

LoadedObject::~LoadedObject() { unload(); }

bool LoadedObject::unload() noexcept
{
    if (!handle_) return true;
    ::dlclose(handle_);
    handle_ = nullptr;
    if (file_.inDirectory) ::unlink(file_.loadAs.c_str());
    void* still = ::dlopen(file_.loadAs.c_str(), RTLD_LAZY | RTLD_NOLOAD);
    if (!still) return true;
    ::dlclose(still);
    file_.fd.leak(); // the name with this number must not come to mean another file
    return false;
}

// The kernel's word on it: the mapping that holds the table must be of the file's inode.
bool LoadedObject::isMappedFromFile(const void* address) const
{
    struct stat status = {};
    if (::fstat(file_.fd.get(), &status) != 0) return false;
    const auto wanted = reinterpret_cast<uintptr_t>(address);
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);)
    {
        uint64_t from = 0;
        uint64_t to = 0;
        uint64_t inode = 0;
        unsigned major = 0;
        unsigned minor = 0;
        if (std::sscanf(line.c_str(), "%" SCNx64 "-%" SCNx64 " %*4c %*x %x:%x %" SCNu64, &from, &to, &major, &minor,
                        &inode) != 5)
            continue;
        if (wanted >= from && wanted < to) return inode == status.st_ino && makedev(major, minor) == status.st_dev;
    }
    return false;
}

} // namespace switchyard::providers
