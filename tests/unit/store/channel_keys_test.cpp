#include "store/channel_keys.h"

#include "fixture.h"
#include "store/channel_repository.h"
#include "store/key_envelope.h"
#include "store/migrations.h"
#include "store/snapshot_loader.h"

#include <Poco/Exception.h>
#include <cppunit/extensions/HelperMacros.h>
#include <fstream>
#include <future>
#include <sstream>
#include <sys/stat.h>

using namespace switchyard::store;
using namespace fixture;

class ChannelKeysTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ChannelKeysTest);
    CPPUNIT_TEST(whatIsSealedOpensAgainAndIsNowhereReadable);
    CPPUNIT_TEST(aChangedCharacterAnywhereIsNoticed);
    CPPUNIT_TEST(anotherKeyDoesNotOpenIt);
    CPPUNIT_TEST(theKeyFileIsPrivateAndReadBack);
    CPPUNIT_TEST(aDamagedKeyFileIsRefusedByName);
    CPPUNIT_TEST(processesThatStartAtOnceShareOneKeyFile);
    CPPUNIT_TEST(aDatabaseOfOursSealsFromTheStart);
    CPPUNIT_TEST(aDatabaseOfOneApiStaysPlainUntilItIsEncrypted);
    CPPUNIT_TEST(encryptedKeysAreNotLeftInTheFile);
    CPPUNIT_TEST(aMissingKeyFileIsRefused);
    CPPUNIT_TEST(aWrongKeyFileIsRefused);
    CPPUNIT_TEST(aChannelWhoseKeyCannotBeOpenedIsNotRouted);
    CPPUNIT_TEST(decryptingGoesBack);
    CPPUNIT_TEST(rotatingSealsAllWithANewKey);
    CPPUNIT_TEST(aRotationThatStoppedHalfWayLosesNothing);
    CPPUNIT_TEST(aRunningProcessFollowsEachChange);
    CPPUNIT_TEST(aKeyThatLooksSealedIsRefused);
    CPPUNIT_TEST(anEmptyKeyStaysEmpty);
    CPPUNIT_TEST_SUITE_END();

    Scratch scratch_;

    std::string file() { return scratch_.path("test.db"); }
    std::string keyFile() { return scratch_.path("test.db.key"); }
    std::string storedKey(int id)
    {
        return askSql(file(), "SELECT `key` FROM channels WHERE id = " + std::to_string(id));
    }

    std::unique_ptr<Database> ours()
    {
        auto database = std::make_unique<Database>(scratch_.settings(), quiet());
        migrate(*database, quiet());
        return database;
    }

    std::unique_ptr<Database> oneApis()
    {
        makeOneApiDatabase(file()); // channel 3: `sk-upstream`, channel 4: `azkey`
        return ours();
    }

    static int64_t add(Database& database, const KeySealer& keys, const std::string& key)
    {
        return database.write(
            [&](DbSession& session)
            {
                ChannelRow row;
                row.name = "added";
                row.models = "m";
                row.key = key;
                return ChannelRepository(session, keys).insert(row);
            });
    }

    static std::string keyOf(Database& database, const KeySealer& keys, int64_t id)
    {
        return database.read(
            [&](DbSession& session)
            {
                const auto row = ChannelRepository(session, keys).find(id);
                CPPUNIT_ASSERT_EQUAL(std::string(), row->keyProblem);
                return row->key;
            });
    }

    template <class Work>
    static std::string refusal(Work work)
    {
        try
        {
            work();
        }
        catch (const KeyUnreadable& e)
        {
            return e.message();
        }
        return "";
    }

    std::string everythingWritten()
    {
        std::ostringstream all;
        for (const char* name : {"test.db", "test.db-wal"})
            if (std::ifstream in(scratch_.path(name), std::ios::binary); in) all << in.rdbuf();
        return all.str();
    }

public:
    void whatIsSealedOpensAgainAndIsNowhereReadable()
    {
        const SealingKey key = SealingKey::random();
        for (const std::string& plain : {std::string("k"), std::string("sk-0123456789"), std::string(5000, 'x'),
                                         std::string("a\nb|c\"{}三"), std::string(17, '=')})
        {
            const std::string sealed = sealText(key, plain);
            CPPUNIT_ASSERT(isSealed(sealed));
            CPPUNIT_ASSERT_EQUAL(key.id, std::string(sealedBy(sealed)));
            CPPUNIT_ASSERT_EQUAL(plain, *openText(key, sealed));
            CPPUNIT_ASSERT(sealed != sealText(key, plain)); // equal keys do not show
            if (plain.size() > 8) CPPUNIT_ASSERT(sealed.find(plain) == std::string::npos);
        }
    }

    void aChangedCharacterAnywhereIsNoticed()
    {
        const SealingKey key = SealingKey::random();
        const std::string sealed = sealText(key, "sk-secret");
        for (size_t i = 0; i < sealed.size(); ++i)
            for (const char other : {'A', 'B', '=', ':', ' '})
            {
                std::string changed = sealed;
                if (changed[i] == other) continue;
                changed[i] = other;
                CPPUNIT_ASSERT_MESSAGE(changed, !openText(key, changed));
                CPPUNIT_ASSERT_MESSAGE(changed, !resealText(key, SealingKey::random(), changed));
            }
        for (size_t length = 0; length < sealed.size(); ++length)
            CPPUNIT_ASSERT(!openText(key, sealed.substr(0, length)));
        CPPUNIT_ASSERT(!openText(key, sealed + "AAAA"));
    }

    void anotherKeyDoesNotOpenIt()
    {
        const SealingKey key = SealingKey::random();
        SealingKey other = SealingKey::random();
        const std::string sealed = sealText(key, "sk-secret");
        CPPUNIT_ASSERT(!openText(other, sealed));
        other.id = key.id; // not even under its name
        CPPUNIT_ASSERT(!openText(other, sealed));
        const std::string resealed = *resealText(key, SealingKey::of(other.bytes), sealed);
        CPPUNIT_ASSERT_EQUAL(std::string("sk-secret"), *openText(SealingKey::of(other.bytes), resealed));
        CPPUNIT_ASSERT(!openText(key, resealed));
    }

    void theKeyFileIsPrivateAndReadBack()
    {
        CPPUNIT_ASSERT(!KeyRing::read(keyFile()));
        const mode_t before = umask(0);
        const KeyRing made = KeyRing::create(keyFile());
        umask(before);
        struct stat status
        {
        };
        CPPUNIT_ASSERT_EQUAL(0, stat(keyFile().c_str(), &status));
        CPPUNIT_ASSERT_EQUAL(0600u, status.st_mode & 0777u);
        CPPUNIT_ASSERT(made.current().bytes == KeyRing::read(keyFile())->current().bytes);
        const SealingKey next = SealingKey::random();
        made.withCurrent(next).replace(keyFile());
        const KeyRing both = *KeyRing::read(keyFile());
        CPPUNIT_ASSERT_EQUAL(next.id, both.current().id);
        CPPUNIT_ASSERT(both.find(made.current().id)->bytes == made.current().bytes);
        CPPUNIT_ASSERT(!both.find("00000000"));
    }

    void aDamagedKeyFileIsRefusedByName()
    {
        KeyRing::create(keyFile());
        std::ostringstream content;
        content << std::ifstream(keyFile()).rdbuf();
        std::string changed = content.str();
        char& last = changed[changed.size() - 2];
        last = last == '0' ? '1' : '0';
        for (const std::string& text : {changed, std::string("# nothing\n"), std::string(), std::string("word\n")})
        {
            std::ofstream(keyFile()) << text;
            try
            {
                KeyRing::read(keyFile());
                CPPUNIT_FAIL("it was read");
            }
            catch (const Poco::DataFormatException& e)
            {
                CPPUNIT_ASSERT_MESSAGE(e.message(), e.message().find(keyFile()) != std::string::npos);
            }
        }
    }

    void processesThatStartAtOnceShareOneKeyFile()
    {
        const auto database = ours();
        std::vector<std::future<std::string>> starts;
        for (int i = 0; i < 8; ++i)
            starts.push_back(std::async(std::launch::async,
                                        [&, i]
                                        {
                                            const auto keys = openChannelKeys(*database, keyFile(), quiet());
                                            add(*database, *keys, "key" + std::to_string(i));
                                            return KeyRing::read(keyFile())->current().id;
                                        }));
        for (auto& start : starts)
            CPPUNIT_ASSERT_EQUAL(KeyRing::read(keyFile())->current().id, start.get());
        openChannelKeys(*database, keyFile(), quiet()); // opens all eight
    }

    void aDatabaseOfOursSealsFromTheStart()
    {
        const auto database = ours();
        const auto keys = openChannelKeys(*database, keyFile(), quiet());
        CPPUNIT_ASSERT_EQUAL(int64_t{1}, add(*database, *keys, "sk-upstream"));
        CPPUNIT_ASSERT_MESSAGE(storedKey(1), isSealed(storedKey(1)));
        CPPUNIT_ASSERT_EQUAL(std::string("sk-upstream"), keyOf(*database, *keys, 1));
        const auto next = openChannelKeys(*database, keyFile(), quiet()); // the next start
        CPPUNIT_ASSERT_EQUAL(std::string("sk-upstream"), keyOf(*database, *next, 1));
        CPPUNIT_ASSERT(everythingWritten().find("sk-upstream") == std::string::npos);
    }

    void aDatabaseOfOneApiStaysPlainUntilItIsEncrypted()
    {
        const auto database = oneApis();
        const auto keys = openChannelKeys(*database, keyFile(), quiet());
        CPPUNIT_ASSERT(!std::filesystem::exists(keyFile()));
        const int64_t added = add(*database, *keys, "plain-too");
        CPPUNIT_ASSERT_EQUAL(std::string("plain-too"), storedKey(static_cast<int>(added)));

        CPPUNIT_ASSERT_EQUAL(size_t{3}, encryptChannelKeys(*database, keyFile()).channels);
        CPPUNIT_ASSERT(isSealed(storedKey(3)));
        const auto next = openChannelKeys(*database, keyFile(), quiet());
        CPPUNIT_ASSERT_EQUAL(std::string("sk-upstream"), keyOf(*database, *next, 3));
        CPPUNIT_ASSERT_EQUAL(std::string("azkey"), keyOf(*database, *next, 4));
        runSql(file(), "UPDATE channels SET `key` = 'by hand' WHERE id = 4;\n"); // as One API or a person would
        CPPUNIT_ASSERT_EQUAL(std::string("by hand"), keyOf(*database, *next, 4));
        CPPUNIT_ASSERT_EQUAL(size_t{1}, encryptChannelKeys(*database, keyFile()).channels);
        const KeysStatus status = channelKeysStatus(*database);
        CPPUNIT_ASSERT_EQUAL(size_t{3}, status.sealed);
        CPPUNIT_ASSERT_EQUAL(size_t{0}, status.plain);
        CPPUNIT_ASSERT_EQUAL(KeyRing::read(keyFile())->current().id, status.sealingWith);
    }

    void encryptedKeysAreNotLeftInTheFile()
    {
        const auto database = oneApis();
        runSql(file(), "UPDATE channels SET `key` = 'in-clear-for-a-while' WHERE id = 3;\n");
        CPPUNIT_ASSERT(everythingWritten().find("in-clear-for-a-while") != std::string::npos);
        encryptChannelKeys(*database, keyFile());
        CPPUNIT_ASSERT(everythingWritten().find("in-clear-for-a-while") == std::string::npos);
    }

    void aMissingKeyFileIsRefused()
    {
        const auto database = oneApis();
        encryptChannelKeys(*database, keyFile());
        std::filesystem::rename(keyFile(), scratch_.path("away"));
        const std::string text = refusal([&] { openChannelKeys(*database, keyFile(), quiet()); });
        CPPUNIT_ASSERT_MESSAGE(text, text.find("no key file " + keyFile()) != std::string::npos);
        CPPUNIT_ASSERT_MESSAGE(text, text.find("channel 3") != std::string::npos);
        CPPUNIT_ASSERT_MESSAGE(text, text.find("--key-file") != std::string::npos);
        CPPUNIT_ASSERT(!std::filesystem::exists(keyFile())); // a new one would only hide it
        openChannelKeys(*database, scratch_.path("away"), quiet());
    }

    void aWrongKeyFileIsRefused()
    {
        const auto database = oneApis();
        encryptChannelKeys(*database, keyFile());
        KeyRing::only(SealingKey::random()).replace(keyFile());
        const std::string text = refusal([&] { openChannelKeys(*database, keyFile(), quiet()); });
        CPPUNIT_ASSERT_MESSAGE(text, text.find(keyFile() + " does not hold the key") != std::string::npos);
        CPPUNIT_ASSERT(!refusal([&] { add(*database, ChannelKeys(keyFile()), "new"); }).empty());
        CPPUNIT_ASSERT(!refusal([&] { decryptChannelKeys(*database, keyFile()); }).empty());
        CPPUNIT_ASSERT(!refusal([&] { rotateSealingKey(*database, keyFile()); }).empty());
        CPPUNIT_ASSERT_EQUAL(size_t{2}, channelKeysStatus(*database).sealed);
    }

    void aChannelWhoseKeyCannotBeOpenedIsNotRouted()
    {
        const auto database = oneApis();
        encryptChannelKeys(*database, keyFile());
        const auto keys = openChannelKeys(*database, keyFile(), quiet());
        runSql(file(), "UPDATE channels SET `key` = substr(`key`, 1, length(`key`) - 4) WHERE id = 4;\n");
        std::vector<int64_t> warned;
        const SnapshotPtr snapshot = database->read(
            [&](DbSession& session) {
                return loadSnapshot(session, *keys, 1,
                                    [&](int64_t channel, std::string_view) { warned.push_back(channel); });
            });
        CPPUNIT_ASSERT_EQUAL(size_t{1}, snapshot->channelsFor("vip", "gpt-4o").size());
        CPPUNIT_ASSERT_EQUAL(int64_t{3}, snapshot->channelsFor("vip", "gpt-4o")[0]->id);
        CPPUNIT_ASSERT(warned == std::vector<int64_t>{4});
        CPPUNIT_ASSERT(!refusal([&] { openChannelKeys(*database, keyFile(), quiet()); }).empty());
    }

    void decryptingGoesBack()
    {
        const auto database = oneApis();
        const std::string before = askSql(file(), "SELECT group_concat(`key`) FROM channels");
        encryptChannelKeys(*database, keyFile());
        CPPUNIT_ASSERT_EQUAL(size_t{2}, decryptChannelKeys(*database, keyFile()).channels);
        CPPUNIT_ASSERT_EQUAL(before, askSql(file(), "SELECT group_concat(`key`) FROM channels"));
        const auto keys = openChannelKeys(*database, keyFile(), quiet());
        CPPUNIT_ASSERT_EQUAL(std::string("new"), storedKey(static_cast<int>(add(*database, *keys, "new"))));
        CPPUNIT_ASSERT_EQUAL(size_t{0}, decryptChannelKeys(*database, keyFile()).channels);
    }

    void rotatingSealsAllWithANewKey()
    {
        const auto database = oneApis();
        CPPUNIT_ASSERT_THROW(rotateSealingKey(*database, keyFile()), Poco::IllegalStateException);
        encryptChannelKeys(*database, keyFile());
        runSql(file(), "UPDATE channels SET `key` = 'by hand' WHERE id = 4;\n");
        const std::string former = KeyRing::read(keyFile())->current().id, sealed = storedKey(3);
        const KeysChanged changed = rotateSealingKey(*database, keyFile());
        CPPUNIT_ASSERT_EQUAL(size_t{2}, changed.channels);
        const KeyRing ring = *KeyRing::read(keyFile());
        CPPUNIT_ASSERT(!ring.find(former));
        CPPUNIT_ASSERT_EQUAL(ring.current().id, std::string(sealedBy(storedKey(3))));
        const auto keys = openChannelKeys(*database, keyFile(), quiet());
        CPPUNIT_ASSERT_EQUAL(std::string("sk-upstream"), keyOf(*database, *keys, 3));
        CPPUNIT_ASSERT_EQUAL(std::string("by hand"), keyOf(*database, *keys, 4));
        // A backup from before is opened with the file that was kept.
        CPPUNIT_ASSERT_EQUAL(std::string("sk-upstream"), *openText(KeyRing::read(changed.keptFile)->current(), sealed));
    }

    void aRotationThatStoppedHalfWayLosesNothing()
    {
        const auto database = oneApis();
        encryptChannelKeys(*database, keyFile());
        const KeyRing before = *KeyRing::read(keyFile());
        before.withCurrent(SealingKey::random()).replace(keyFile()); // killed before its transaction
        const auto keys = openChannelKeys(*database, keyFile(), quiet());
        const int64_t added = add(*database, *keys, "in between");
        CPPUNIT_ASSERT_EQUAL(before.current().id, std::string(sealedBy(storedKey(static_cast<int>(added)))));
        const KeysChanged changed = rotateSealingKey(*database, keyFile());
        CPPUNIT_ASSERT_EQUAL(size_t{3}, changed.channels);
        CPPUNIT_ASSERT_EQUAL(before.current().id, KeyRing::read(changed.keptFile)->current().id);
        const auto next = openChannelKeys(*database, keyFile(), quiet());
        CPPUNIT_ASSERT_EQUAL(std::string("in between"), keyOf(*database, *next, added));
        CPPUNIT_ASSERT_EQUAL(std::string("sk-upstream"), keyOf(*database, *next, 3));
    }

    void aRunningProcessFollowsEachChange()
    {
        const auto server = oneApis();
        const auto keys = openChannelKeys(*server, keyFile(), quiet());
        const auto command = std::make_unique<Database>(scratch_.settings(), quiet());
        const auto check = [&](bool sealed)
        {
            CPPUNIT_ASSERT_EQUAL(std::string("sk-upstream"), keyOf(*server, *keys, 3));
            const int64_t added = add(*server, *keys, "added");
            CPPUNIT_ASSERT_EQUAL(sealed, isSealed(storedKey(static_cast<int>(added))));
            CPPUNIT_ASSERT_EQUAL(std::string("added"), keyOf(*server, *keys, added));
        };
        check(false);
        encryptChannelKeys(*command, keyFile());
        check(true);
        rotateSealingKey(*command, keyFile());
        check(true);
        CPPUNIT_ASSERT_EQUAL(KeyRing::read(keyFile())->current().id, std::string(sealedBy(storedKey(6))));
        decryptChannelKeys(*command, keyFile());
        check(false);
    }

    void aKeyThatLooksSealedIsRefused()
    {
        const auto database = ours();
        const auto keys = openChannelKeys(*database, keyFile(), quiet());
        CPPUNIT_ASSERT_THROW(add(*database, *keys, "sealed:v1:whatever"), Poco::InvalidArgumentException);
        CPPUNIT_ASSERT_EQUAL(std::string("0"), askSql(file(), "SELECT COUNT(*) FROM channels"));
    }

    void anEmptyKeyStaysEmpty()
    {
        const auto database = ours();
        const auto keys = openChannelKeys(*database, keyFile(), quiet());
        add(*database, *keys, "");
        CPPUNIT_ASSERT_EQUAL(std::string(), storedKey(1));
        encryptChannelKeys(*database, keyFile());
        CPPUNIT_ASSERT_EQUAL(std::string(), keyOf(*database, *keys, 1));
        CPPUNIT_ASSERT_EQUAL(size_t{1}, channelKeysStatus(*database).none);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ChannelKeysTest);
