// Package stories holds what real brokers and their clients did, message by message (testdata), and compares it with the rules by which
// the simulator batches: queueing.Send, queueing.Fetch and engine.Pool.Feeds. The tests need no broker. Stories are recorded by
//
//	go test ./experiments/brokers/stories -run TestRecord -record
//
// with the brokers of `make brokers`. A proxy between client and broker writes down which messages a request or an answer held, and when
// it passed.
package stories
