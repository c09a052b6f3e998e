#include "elf_file.h"

#include <switchyard/provider.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <elf.h>
#include <optional>
#include <utility>

namespace switchyard::sdk
{
namespace
{

#if defined(__x86_64__)
constexpr Elf64_Half kMachine = EM_X86_64;
constexpr std::string_view kMachineName = "x86-64", kLoader = "ld-linux-x86-64.so.2";
#elif defined(__aarch64__)
constexpr Elf64_Half kMachine = EM_AARCH64;
constexpr std::string_view kMachineName = "aarch64", kLoader = "ld-linux-aarch64.so.1";
#else
#error "the plug-in loader knows x86-64 and aarch64"
#endif

constexpr std::string_view kSymbol = "switchyard_plugin";
constexpr uint32_t kSmallestPlugin = offsetof(swy_plugin_t, extension);
constexpr size_t kMostSymbols = 1 << 20;

bool allowedLibrary(std::string_view name)
{
    for (std::string_view allowed : {std::string_view("libc.so.6"), std::string_view("libm.so.6"),
                                     std::string_view("libgcc_s.so.1"), std::string_view("libstdc++.so.6"), kLoader})
        if (name == allowed) return true;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    for (std::string_view prefix : {"libasan.so.", "libubsan.so.", "libtsan.so."})
        if (name.substr(0, prefix.size()) == prefix) return true;
#endif
    return false;
}

/// Reads records out of the file; nothing outside it is ever touched.
class Bytes
{
public:
    explicit Bytes(std::string_view file) : file_(file) {}

    bool holds(uint64_t offset, uint64_t size) const { return offset <= file_.size() && size <= file_.size() - offset; }

    template <class T>
    std::optional<T> at(uint64_t offset) const
    {
        if (!holds(offset, sizeof(T))) return std::nullopt;
        T value;
        std::memcpy(&value, file_.data() + offset, sizeof(T));
        return value;
    }

    std::string text(uint64_t offset) const
    {
        if (offset >= file_.size()) return {};
        const std::string_view rest = file_.substr(offset, 4096);
        return std::string(rest.substr(0, rest.find('\0')));
    }

    std::string_view range(uint64_t offset, uint64_t size) const
    {
        return holds(offset, size) ? file_.substr(offset, size) : std::string_view();
    }

private:
    std::string_view file_;
};

class Inspection
{
public:
    explicit Inspection(std::string_view file) : bytes_(file) {}

    PluginElf run()
    {
        if (readHeader() && readSegments() && readDynamic())
        {
            checkLibraries();
            checkSymbols();
        }
        return std::move(result_);
    }

private:
    bool problem(std::string_view rule, std::string text)
    {
        result_.problems.push_back({rule, std::move(text)});
        return false;
    }
    bool truncated() { return problem("truncated", "is cut off or damaged; copy it again"); }

    bool readHeader()
    {
        if (bytes_.range(0, SELFMAG) != std::string_view(ELFMAG, SELFMAG))
            return problem("not-elf", "is no shared object (no ELF magic); build it with switchyard_add_plugin");
        const auto header = bytes_.at<Elf64_Ehdr>(0);
        if (!header) return truncated();
        header_ = *header;
        if (header_.e_ident[EI_CLASS] != ELFCLASS64 || header_.e_ident[EI_DATA] != ELFDATA2LSB ||
            header_.e_machine != kMachine)
            return problem("machine", "is built for another machine than " + std::string(kMachineName) +
                                          "; build it on or for this one");
        if (header_.e_type != ET_DYN || header_.e_phentsize != sizeof(Elf64_Phdr))
            return problem("not-elf", "is no shared object (an executable or object file?); link it with -shared");
        // The section headers stand at the end of what linkers write: they tell a file that is not whole.
        if (header_.e_shoff != 0 && !bytes_.holds(header_.e_shoff, uint64_t{header_.e_shnum} * header_.e_shentsize))
            return truncated();
        return true;
    }

    bool readSegments()
    {
        bool stackTold = false;
        for (unsigned i = 0; i < header_.e_phnum; ++i)
        {
            const auto segment = bytes_.at<Elf64_Phdr>(header_.e_phoff + uint64_t{i} * sizeof(Elf64_Phdr));
            if (!segment || (segment->p_type != PT_NULL && !bytes_.holds(segment->p_offset, segment->p_filesz)))
                return truncated();
            if (segment->p_type == PT_LOAD)
            {
                loads_.push_back(*segment);
                if ((segment->p_flags & PF_W) && (segment->p_flags & PF_X))
                    problem(
                        "exec-stack",
                        "has a segment that is both writable and executable; link without -z execstack, -N or -z rwx");
            }
            else if (segment->p_type == PT_DYNAMIC)
                dynamic_ = *segment;
            else if (segment->p_type == PT_NOTE)
                readNotes(*segment);
            else if (segment->p_type == PT_GNU_STACK)
            {
                stackTold = true;
                if (segment->p_flags & PF_X)
                    problem("exec-stack", "asks for an executable stack; link with -Wl,-z,noexecstack (often an "
                                          "assembler file without .note.GNU-stack)");
            }
        }
        if (!stackTold)
            problem("exec-stack", "does not say that its stack is not executable; link with -Wl,-z,noexecstack");
        if (!dynamic_) return problem("not-elf", "has no dynamic section; link it with -shared");
        return true;
    }

    void readNotes(const Elf64_Phdr& notes)
    {
        uint64_t at = notes.p_offset;
        const uint64_t end = notes.p_offset + notes.p_filesz;
        while (at < end)
        {
            const auto note = bytes_.at<Elf64_Nhdr>(at);
            if (!note) return;
            const uint64_t name = at + sizeof(Elf64_Nhdr),
                           content = name + ((uint64_t{note->n_namesz} + 3) & ~uint64_t{3});
            if (note->n_type == NT_GNU_BUILD_ID && bytes_.range(name, 4) == std::string_view("GNU\0", 4))
                for (const unsigned char c : bytes_.range(content, note->n_descsz))
                {
                    static constexpr char digits[] = "0123456789abcdef";
                    result_.buildId += digits[c >> 4];
                    result_.buildId += digits[c & 15];
                }
            at = content + ((uint64_t{note->n_descsz} + 3) & ~uint64_t{3});
        }
    }

    std::optional<uint64_t> fileOffset(uint64_t address) const
    {
        for (const Elf64_Phdr& load : loads_)
            if (address >= load.p_vaddr && address - load.p_vaddr < load.p_filesz)
                return load.p_offset + (address - load.p_vaddr);
        return std::nullopt;
    }

    bool readDynamic()
    {
        bool textRelocation = false;
        std::vector<uint64_t> needed;
        uint64_t strings = 0;
        for (uint64_t at = 0; at + sizeof(Elf64_Dyn) <= dynamic_->p_filesz; at += sizeof(Elf64_Dyn))
        {
            const auto entry = bytes_.at<Elf64_Dyn>(dynamic_->p_offset + at);
            if (!entry) return truncated();
            if (entry->d_tag == DT_NULL) break;
            switch (entry->d_tag)
            {
            case DT_NEEDED:
                needed.push_back(entry->d_un.d_val);
                break;
            case DT_STRTAB:
                strings = entry->d_un.d_ptr;
                break;
            case DT_SYMTAB:
                symbols_ = entry->d_un.d_ptr;
                break;
            case DT_HASH:
                hash_ = entry->d_un.d_ptr;
                break;
            case DT_GNU_HASH:
                gnuHash_ = entry->d_un.d_ptr;
                break;
            case DT_TEXTREL:
                textRelocation = true;
                break;
            case DT_FLAGS:
                textRelocation = textRelocation || (entry->d_un.d_val & DF_TEXTREL);
                break;
            default:
                break;
            }
        }
        if (textRelocation) problem("text-relocation", "has relocations in its code; compile with -fPIC");
        const auto place = fileOffset(strings);
        if (!place || !fileOffset(symbols_)) return truncated();
        strings_ = *place;
        for (uint64_t name : needed)
            result_.needed.push_back(bytes_.text(strings_ + name));
        return true;
    }

    void checkLibraries()
    {
        std::string names;
        for (const std::string& name : result_.needed)
            if (!allowedLibrary(name)) names += (names.empty() ? "" : ", ") + name;
        if (!names.empty())
            problem("needed",
                    "needs " + names + "; a plug-in may need the C and C++ library alone: link others statically");
    }

    /// How many dynamic symbols there are: from the section headers and from whichever hash table is there, the
    /// largest.
    uint64_t symbolCount() const
    {
        uint64_t count = 0;
        for (unsigned i = 0; i < header_.e_shnum; ++i)
        {
            const auto section = bytes_.at<Elf64_Shdr>(header_.e_shoff + uint64_t{i} * header_.e_shentsize);
            if (section && section->sh_type == SHT_DYNSYM) count = section->sh_size / sizeof(Elf64_Sym);
        }
        if (const auto table = fileOffset(hash_); hash_ && table)
            if (const auto chains = bytes_.at<uint32_t>(*table + 4)) count = std::max<uint64_t>(count, *chains);
        if (const auto table = fileOffset(gnuHash_); gnuHash_ && table) count = std::max(count, gnuHashCount(*table));
        return std::min<uint64_t>(count, kMostSymbols);
    }

    uint64_t gnuHashCount(uint64_t table) const
    {
        const auto buckets = bytes_.at<uint32_t>(table), first = bytes_.at<uint32_t>(table + 4),
                   bloom = bytes_.at<uint32_t>(table + 8);
        if (!buckets || !first || !bloom) return 0;
        const uint64_t bucketTable = table + 16 + uint64_t{*bloom} * 8, chains = bucketTable + uint64_t{*buckets} * 4;
        uint64_t last = 0;
        for (uint64_t i = 0; i < *buckets; ++i)
        {
            const auto bucket = bytes_.at<uint32_t>(bucketTable + i * 4);
            if (!bucket) return last;
            if (*bucket > last) last = *bucket;
        }
        if (last < *first) return *first;
        while (const auto chain = bytes_.at<uint32_t>(chains + (last - *first) * 4))
        {
            ++last;
            if (*chain & 1) break;
        }
        return last;
    }

    void checkSymbols()
    {
        const auto table = fileOffset(symbols_);
        std::optional<Elf64_Sym> plugin;
        std::string others, unique;
        size_t otherCount = 0;
        const uint64_t count = symbolCount();
        for (uint64_t i = 1; i < count; ++i)
        {
            const auto symbol = bytes_.at<Elf64_Sym>(*table + i * sizeof(Elf64_Sym));
            if (!symbol) break;
            if (symbol->st_shndx == SHN_UNDEF || ELF64_ST_BIND(symbol->st_info) == STB_LOCAL) continue;
            const std::string name = bytes_.text(strings_ + symbol->st_name);
            if (ELF64_ST_BIND(symbol->st_info) == STB_GNU_UNIQUE) unique = name;
            if (name == kSymbol)
                plugin = symbol;
            else if (++otherCount <= 3)
                others += (others.empty() ? "" : ", ") + name;
        }
        if (!unique.empty())
            problem("unique-symbol", "has the unique symbol " + unique +
                                         ", which keeps it mapped for ever; compile with -fno-gnu-unique");
        if (otherCount > 0)
            problem("symbols", "exports more than switchyard_plugin: " + others +
                                   (otherCount > 3 ? " and others" : "") +
                                   "; link with -Wl,--version-script (global: switchyard_plugin; local: *)");
        if (!plugin)
        {
            problem("symbols", "does not export switchyard_plugin; define it and build with switchyard_add_plugin");
            return;
        }
        readPluginObject(*plugin);
    }

    void readPluginObject(const Elf64_Sym& symbol)
    {
        const auto place = fileOffset(symbol.st_value);
        const auto head = place && ELF64_ST_TYPE(symbol.st_info) == STT_OBJECT
                              ? bytes_.at<std::array<uint32_t, 3>>(*place)
                              : std::nullopt;
        if (!head || symbol.st_size < sizeof *head)
        {
            problem("symbols",
                    "exports a switchyard_plugin that is no const data object; define it as const swy_plugin_t");
            return;
        }
        result_.structSize = (*head)[0];
        result_.abiMajor = (*head)[1];
        result_.abiMinor = (*head)[2];
        if (!acceptsAbi(result_.abiMajor, result_.abiMinor))
            problem("version", "is built for ABI " + std::to_string(result_.abiMajor) + "." +
                                   std::to_string(result_.abiMinor) + ", this is " + std::to_string(SWY_ABI_MAJOR) +
                                   "." + std::to_string(SWY_ABI_MINOR) + "; build it with this gateway's SDK");
        else if (result_.structSize < kSmallestPlugin || result_.structSize > symbol.st_size)
            problem("symbols", "has a switchyard_plugin whose struct_size of " + std::to_string(result_.structSize) +
                                   " cannot be true; set it to sizeof(swy_plugin_t)");
    }

    Bytes bytes_;
    PluginElf result_;
    Elf64_Ehdr header_ = {};
    std::vector<Elf64_Phdr> loads_;
    std::optional<Elf64_Phdr> dynamic_;
    uint64_t symbols_ = 0, hash_ = 0, gnuHash_ = 0; // addresses
    uint64_t strings_ = 0;                          // an offset in the file
};

} // namespace

PluginElf inspectPlugin(std::string_view file) { return Inspection(file).run(); }

bool acceptsAbi(uint32_t major, uint32_t minor) { return major == SWY_ABI_MAJOR && minor == SWY_ABI_MINOR; }

} // namespace switchyard::sdk
