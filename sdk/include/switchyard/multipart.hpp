// Writing a multipart/form-data body (RFC 7578) as pieces: texts are the plug-in's, files stay where they are in the
// client's body.
//
//     MultipartWriter form(generator.alphanumeric(32));
//     form.field("model", model);
//     form.clientFile("file", part.fileName, part.contentType, part.offset, part.size);
//     request.header("content-type", form.contentType());
//     for (const swy_piece_t& piece : form.finish()) request.piece(piece);      // `form` must live until then
#pragma once

#include "inline_list.hpp"
#include "provider.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace switchyard::sdk
{

class MultipartWriter
{
public:
    /// `boundary`: letters and digits that occur in no part; 32 random ones will not.
    explicit MultipartWriter(std::string boundary)
        : boundary_(std::move(boundary)), contentType_("multipart/form-data; boundary=" + boundary_)
    {
    }

    const std::string& contentType() const { return contentType_; }

    void field(std::string_view name, std::string_view value)
    {
        open(name, {}, {});
        text_ += value;
        text_ += "\r\n";
    }

    /// A file whose bytes are a range of the client's body.
    void clientFile(std::string_view name, std::string_view fileName, std::string_view type, uint64_t offset,
                    uint64_t size)
    {
        open(name, fileName.empty() ? std::string_view("file") : fileName, type);
        files_.push_back({text_.size(), {SWY_PIECE_CLIENT_BODY, 0, {nullptr, 0}, 0, offset, size}});
        text_ += "\r\n";
    }

    /// A file that a media action fetched.
    void mediaFile(std::string_view name, std::string_view fileName, std::string_view type, uint64_t media)
    {
        open(name, fileName.empty() ? std::string_view("file") : fileName, type);
        files_.push_back({text_.size(), {SWY_PIECE_MEDIA, 0, {nullptr, 0}, media, 0, 0}});
        text_ += "\r\n";
    }

    /// Ends the form: the body in pieces, valid as long as the writer.
    const std::vector<swy_piece_t>& finish()
    {
        text_ += "--" + boundary_ + "--\r\n";
        size_t at = 0;
        for (const File& file : files_)
        {
            addText(at, file.at);
            pieces_.push_back(file.piece);
            at = file.at;
        }
        addText(at, text_.size());
        return pieces_;
    }

private:
    struct File
    {
        size_t at; // where in text_ its bytes belong
        swy_piece_t piece;
    };

    void open(std::string_view name, std::string_view fileName, std::string_view type)
    {
        text_ += "--" + boundary_ + "\r\ncontent-disposition: form-data; name=\"";
        quote(name);
        text_ += '"';
        if (!fileName.empty())
        {
            text_ += "; filename=\"";
            quote(fileName);
            text_ += '"';
        }
        if (!type.empty())
        {
            text_ += "\r\ncontent-type: ";
            for (const char c : type)
                if (c != '\r' && c != '\n') text_ += c;
        }
        text_ += "\r\n\r\n";
    }

    /// As browsers do it (WHATWG HTML, multipart/form-data encoding algorithm).
    void quote(std::string_view text)
    {
        for (const char c : text)
            text_ += c == '"' ? "%22" : c == '\r' ? "%0D" : c == '\n' ? "%0A" : std::string_view(&c, 1);
    }

    void addText(size_t begin, size_t end)
    {
        if (end > begin) pieces_.push_back({SWY_PIECE_BYTES, 0, {text_.data() + begin, end - begin}, 0, 0, 0});
    }

    std::string boundary_, contentType_;
    std::string text_; // everything that is no file
    std::vector<File> files_;
    std::vector<swy_piece_t> pieces_;
};

} // namespace switchyard::sdk
