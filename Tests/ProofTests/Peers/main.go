// Checks proofs and signed notes with golang.org/x/mod/sumdb, from a JSON object a line; prints yes or no for each.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type proof struct {
	Kind    string
	Size    int64
	Root    string
	Index   int64
	Leaf    string
	Old     int64
	OldRoot string
	Hashes  []string
	Note    string
	Key     string
}

func hash(text string) (h tlog.Hash) {
	bytes, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(bytes) != len(h) {
		panic("not a hash: " + text)
	}
	copy(h[:], bytes)
	return h
}

func good(it proof) bool {
	var path []tlog.Hash
	for _, text := range it.Hashes {
		path = append(path, hash(text))
	}
	switch it.Kind {
	case "inclusion":
		return tlog.CheckRecord(tlog.RecordProof(path), it.Size, hash(it.Root), it.Index, hash(it.Leaf)) == nil
	case "consistency":
		return tlog.CheckTree(tlog.TreeProof(path), it.Size, hash(it.Root), it.Old, hash(it.OldRoot)) == nil
	default:
		verifier, err := note.NewVerifier(it.Key)
		if err != nil {
			return false
		}
		_, err = note.Open([]byte(it.Note), note.VerifierList(verifier))
		return err == nil
	}
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var it proof
		if err := json.Unmarshal(lines.Bytes(), &it); err != nil {
			panic(err)
		}
		if good(it) {
			fmt.Println("yes")
		} else {
			fmt.Println("no")
		}
	}
}
