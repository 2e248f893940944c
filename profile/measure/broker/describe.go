package broker

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"runtime/debug"
	"strings"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"vsim/profile/device/broker/local"
)

// describe notes the versions of a server and its client, and the settings that matter to its times, as the server tells them.
func (s *server) describe(ctx context.Context) error {
	s.libraries = map[string]string{}
	if s.own == nil {
		s.notes = append(s.notes, fmt.Sprintf("%s at %s is a user's own: its CPU times are not known", s.kind, s.address))
	}
	if s.kind == local.Redis {
		s.client("github.com/redis/go-redis/v9", "go-redis")
		return s.describeRedis(ctx)
	}
	s.client("github.com/twmb/franz-go", "franz-go")
	return s.describeKafka(ctx)
}

// client notes the version of a module that this binary is built with.
func (s *server) client(module, name string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return
	}
	for _, m := range info.Deps {
		if m.Path == module {
			s.libraries[name] = m.Version
		}
	}
}

var redisVersion = regexp.MustCompile(`(?m)^redis_version:(\S+)`)

func (s *server) describeRedis(ctx context.Context) error {
	logging.Disable() // what goes wrong is an error, too
	c := redis.NewClient(&redis.Options{Addr: s.address, DisableIdentity: true, MaxRetries: -1, DialerRetries: 1})
	defer c.Close()
	info, err := c.Info(ctx, "server").Result()
	if err != nil {
		return fmt.Errorf("redis at %s: %w", s.address, err)
	}
	if m := redisVersion.FindStringSubmatch(info); m != nil {
		s.libraries["Redis"] = m[1]
	}
	settings := map[string]string{}
	for _, key := range []string{"appendonly", "appendfsync", "save", "io-threads"} {
		found, err := c.ConfigGet(ctx, key).Result()
		if err != nil {
			s.notes = append(s.notes, "redis does not tell its settings")
			return nil
		}
		settings[key] = found[key]
	}
	disk := "writes nothing to disk"
	switch {
	case settings["appendonly"] == "yes":
		disk = "appends to a file, synced to disk " + settings["appendfsync"]
	case settings["save"] != "":
		disk = "saves itself to disk now and then: " + settings["save"]
	}
	s.notes = append(s.notes, fmt.Sprintf("redis %s; %s I/O thread", disk, settings["io-threads"]))
	return nil
}

func (s *server) describeKafka(ctx context.Context) error {
	c, err := kgo.NewClient(kgo.SeedBrokers(s.address))
	if err != nil {
		return err
	}
	admin := kadm.NewClient(c)
	defer admin.Close()
	versions, err := admin.ApiVersions(ctx)
	if err != nil {
		return fmt.Errorf("kafka at %s: %w", s.address, err)
	}
	for _, v := range versions.Sorted() {
		s.libraries["Apache Kafka"] = strings.TrimPrefix(v.VersionGuess(), "v")
		s.settings(ctx, admin, v.NodeID)
		break
	}
	if s.own != nil {
		s.libraries["Apache Kafka"] = strings.TrimPrefix(s.own.Version, "Kafka ")
		s.libraries["Java"] = javaVersion(ctx)
	}
	return nil
}

// settings notes those of a node.
func (s *server) settings(ctx context.Context, admin *kadm.Client, node int32) {
	configs, err := admin.DescribeBrokerConfigs(ctx, node)
	if err != nil || len(configs) == 0 {
		s.notes = append(s.notes, "kafka does not tell its settings")
		return
	}
	have := map[string]string{}
	for _, c := range configs[0].Configs {
		if c.Value != nil {
			have[c.Key] = *c.Value
		}
	}
	disk := "leaves syncing to disk to the system"
	if never := "9223372036854775807"; have["log.flush.interval.messages"] != never && have["log.flush.interval.messages"] != "" || have["log.flush.interval.ms"] != "" {
		disk = fmt.Sprintf("syncs to disk after log.flush.interval.messages = %s or log.flush.interval.ms = %s", have["log.flush.interval.messages"], have["log.flush.interval.ms"])
	}
	s.notes = append(s.notes, fmt.Sprintf("kafka %s; %s I/O and %s network threads; messages up to %s bytes", disk,
		have["num.io.threads"], have["num.network.threads"], have["message.max.bytes"]))
}

// javaVersion is what the Java of a Kafka of our own calls itself.
func javaVersion(ctx context.Context) string {
	out, _ := exec.CommandContext(ctx, "java", "-version").CombinedOutput()
	first, _, _ := strings.Cut(string(out), "\n")
	return strings.TrimSpace(first)
}
