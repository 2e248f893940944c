package local

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"vsim/profile"
	"vsim/profile/device/native"
)

var kafkaJAR = native.Lib{Name: "Apache Kafka", Env: "VSIM_KAFKA_JAR", Folder: "kafka/libs", Soname: "kafka_2.13.jar", Get: "run `make brokers`"}

// heap is the memory of Kafka's Java, small beside the 1 GiB of Kafka's own start script: one node keeps little in it, what
// it stores is in the system's page cache.
const heap = "512m"

// largestMessage lets frames of video through, in bytes; Kafka's own limit is 1 MiB with what is around the message.
const largestMessage = 64 << 20

// Sessions of a broker at the controller: it is taken as dead that long after its last word. Kafka's own is 9 s.
const (
	session       = 3 * time.Second
	pausedSession = time.Hour
)

type kafkaServer struct {
	java, libs, is string
	session        time.Duration // of the broker at the controller
}

func findKafka(pauses bool) (program, error) {
	java, err := exec.LookPath("java")
	if err != nil {
		return nil, errors.New("no program java is in PATH: Kafka needs Java 17 or newer; install openjdk-17-jre-headless")
	}
	jar, err := native.Find(kafkaJAR, "")
	if err != nil {
		return nil, err
	}
	version, err := kafkaVersion(filepath.Dir(jar))
	k := &kafkaServer{java: java, libs: filepath.Dir(jar), is: version, session: session}
	if pauses {
		k.session = pausedSession
	}
	return k, err
}

// kafkaVersion reads the version from the JAR of Kafka's clients, where Kafka itself reads it.
func kafkaVersion(libs string) (string, error) {
	jars, _ := filepath.Glob(filepath.Join(libs, "kafka-clients*.jar"))
	if len(jars) == 0 {
		return "", fmt.Errorf("%s has no kafka-clients JAR: run `make brokers`", libs)
	}
	z, err := zip.OpenReader(jars[0])
	if err != nil {
		return "", fmt.Errorf("%s: %w", jars[0], err)
	}
	defer z.Close()
	f, err := z.Open("kafka/kafka-version.properties")
	if err != nil {
		return "", fmt.Errorf("%s: %w", jars[0], err)
	}
	defer f.Close()
	text := make([]byte, 4096)
	n, _ := f.Read(text)
	found := regexp.MustCompile(`(?m)^version=(\S+)`).FindSubmatch(text[:n])
	if found == nil {
		return "", fmt.Errorf("%s does not say which version it is", jars[0])
	}
	return string(found[1]), nil
}

func (k *kafkaServer) version() string { return "Kafka " + k.is }

// properties are Kafka's own settings (8 I/O and 3 network threads; it leaves fsync to the system) but for what one node
// needs, messages as large as frames, deleted files that go soon, and a shorter session: a broker that was killed may come
// back only when its old session has ended, after 9 s by Kafka's own setting.
func properties(dir string, port, controller int, session time.Duration) string {
	return fmt.Sprintf(`process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:%[3]d
listeners=PLAINTEXT://127.0.0.1:%[2]d,CONTROLLER://127.0.0.1:%[3]d
advertised.listeners=PLAINTEXT://127.0.0.1:%[2]d
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs=%[1]s
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
message.max.bytes=%[4]d
log.segment.delete.delay.ms=1000
broker.session.timeout.ms=%[5]d
broker.heartbeat.interval.ms=1000
auto.create.topics.enable=false
`, filepath.Join(dir, "data"), port, controller, largestMessage, session.Milliseconds())
}

// logging puts what is out of order into the broker's log, by log4j.
const logging = `rootLogger.level = WARN
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %m (%c)%n
`

func (k *kafkaServer) prepare(ctx context.Context, dir string, port int) error {
	controller, err := freePort()
	if err != nil {
		return err
	}
	files := map[string]string{"server.properties": properties(dir, port, controller, k.session), "log4j2.properties": logging}
	for name, text := range files {
		if err := profile.WriteFile(filepath.Join(dir, name), []byte(text)); err != nil {
			return err
		}
	}
	format := exec.CommandContext(ctx, k.java, k.arguments(dir, quick, "kafka.tools.StorageTool", "format",
		"--cluster-id", "dnNpbS1vbi1sb29wYmFjaw", "--config", filepath.Join(dir, "server.properties"))...)
	if out, err := format.CombinedOutput(); err != nil {
		return fmt.Errorf("its storage could not be formatted: %w\n%s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// Flags of Java: for a program that ends soon, and for the server, from Kafka's own start script.
var (
	quick  = []string{"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"}
	server = []string{"-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:InitiatingHeapOccupancyPercent=35", "-XX:+ExplicitGCInvokesConcurrent"}
)

func (k *kafkaServer) arguments(dir string, flags []string, class string, more ...string) []string {
	always := []string{"-Xms" + heap, "-Xmx" + heap, "-Djava.awt.headless=true",
		"-Dlog4j2.configurationFile=" + filepath.Join(dir, "log4j2.properties"),
		"-cp", filepath.Join(k.libs, "*"), class}
	return slices.Concat(flags, always, more)
}

func (k *kafkaServer) command(dir string, _ int) []string {
	return append([]string{k.java}, k.arguments(dir, server, "kafka.Kafka", filepath.Join(dir, "server.properties"))...)
}

// ready asks for the nodes of the cluster: a broker is among them when it takes part.
func (k *kafkaServer) ready(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	client, err := kgo.NewClient(kgo.SeedBrokers(address), kgo.RequestRetries(0))
	if err != nil {
		return err
	}
	defer client.Close()
	nodes, err := kadm.NewClient(client).ListBrokers(ctx)
	if err == nil && len(nodes) == 0 {
		err = errors.New("it has not joined its cluster yet")
	}
	return err
}
