// Command generate writes the records of the sample registers: made up, and the
// same each time. Run it in the directory above: go run ./generate
package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// count is the number of records in each register.
const count = 300

func main() {
	dir := "."
	if len(os.Args) > 1 {
		dir = os.Args[1]
	}
	if err := generate(dir); err != nil {
		log.Fatal(err)
	}
}

// generate writes the three files. Dwellings come first: associations refer to them.
func generate(dir string) error {
	// A seed, not a secret: everyone who runs this gets the same files.
	random := rand.New(rand.NewPCG(2019, 11)) //nolint:gosec // see above
	ids, err := dwellings(random, filepath.Join(dir, "dwellings.csv"))
	if err != nil {
		return err
	}
	if err := associations(random, filepath.Join(dir, "associations.jsonl"), ids); err != nil {
		return err
	}
	return diplomas(random, filepath.Join(dir, "diplomas.json"))
}

// locality is a place with the code of its commune and a postcode.
type locality struct{ name, commune, postcode string }

func localities() []locality {
	return []locality{
		{"Exempleville", "9001", "L-0001"}, {"Musterdorf", "9002", "L-0012"}, {"Beispillduerf", "9003", "L-0123"},
		{"Sampleton", "9004", "L-0234"}, {"Fictingen", "9005", "L-0345"},
	}
}

// dwellings writes a CSV with flat columns, as an office would have it, and returns
// the ids that it gave.
func dwellings(random *rand.Rand, path string) ([]string, error) {
	streets := []string{"rue de l'Exemple", "Musterstrooss", "place du Modèle", "Beispillswee", "cité Fictive"}
	kinds := []string{"house", "house", "house", "apartments", "mixed"}
	classes := []string{"A", "B", "C", "D", "E", "F", "G"}
	rows := [][]string{{"id", "cadastre", "commune", "street", "number", "postcode", "locality", "kind", "year", "storeys", "dwellings", "area", "energyClass"}}
	ids := make([]string, count)
	number := 0
	for i := range count {
		place := pick(random, localities())
		kind := pick(random, kinds)
		homes := 1
		if kind != "house" {
			homes = 2 + random.IntN(20)
		}
		ids[i], number = nextID(number)
		rows = append(rows, []string{
			ids[i],
			fmt.Sprintf("%03dA%05d-%02d", 1+random.IntN(120), i+1, 1+random.IntN(9)),
			place.commune, pick(random, streets), strconv.Itoa(1 + random.IntN(180)), place.postcode, place.name,
			kind, strconv.Itoa(1890 + random.IntN(135)), strconv.Itoa(1 + random.IntN(5)), strconv.Itoa(homes),
			fmt.Sprintf("%d.%d", 60*homes+random.IntN(80), 1+random.IntN(9)), pick(random, classes),
		})
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	w := csv.NewWriter(f)
	if err := w.WriteAll(rows); err != nil {
		return nil, err
	}
	return ids, f.Close()
}

// nextID makes an id of the first number after one whose check character an id can
// have, as the register's own ids do.
func nextID(number int) (string, int) {
	for {
		number++
		body := fmt.Sprintf("DWL-%08d", number)
		if c := checkCharacter(body); c != '*' {
			return body + "-" + string(c), number
		}
	}
}

// checkCharacter is that of ISO 7064 MOD 37-2 over the letters and digits of s.
func checkCharacter(s string) byte {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"
	sum := 0
	for i := range len(s) {
		for value := range len(alphabet) - 1 {
			if alphabet[value] == s[i] {
				sum = (sum + value) * 2 % 37
			}
		}
	}
	return alphabet[(38-sum)%37]
}

// association is one line of the JSON Lines file.
type association struct {
	ID   string `json:"id"`
	Data struct {
		Name          string `json:"name"`
		Form          string `json:"form"`
		Purpose       string `json:"purpose"`
		Founded       string `json:"founded"`
		Seat          string `json:"seat"`
		PublicUtility bool   `json:"publicUtility"`
		Capital       int    `json:"capital,omitempty"`
	} `json:"data"`
}

func associations(random *rand.Rand, path string, seats []string) error {
	nouns := map[string]string{
		"sports": "Sports Club", "music": "Harmonie", "culture": "Cercle culturel", "social": "Hëllef",
		"environment": "Natur", "research": "Société de recherche", "youth": "Jugend",
	}
	purposes := []string{"sports", "music", "culture", "social", "environment", "research", "youth"}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	lines := json.NewEncoder(f)
	lines.SetEscapeHTML(false)
	for i := range count {
		var a association
		a.Data.Purpose = pick(random, purposes)
		a.Data.Form, a.ID = "asbl", fmt.Sprintf("F%d", 1000+i)
		if i%10 == 9 {
			a.Data.Form, a.ID = "foundation", fmt.Sprintf("G%d", 100+i)
			a.Data.Capital = 100_000 + 10_000*random.IntN(50)
		}
		a.Data.Name = fmt.Sprintf("%s %s %d", nouns[a.Data.Purpose], pick(random, localities()).name, i+1)
		a.Data.Founded = day(random, 1950, 75)
		a.Data.Seat = pick(random, seats)
		a.Data.PublicUtility = random.IntN(8) == 0
		if err := lines.Encode(a); err != nil {
			return err
		}
	}
	return f.Close()
}

// diploma is one element of the JSON array: nothing but the record's data.
type diploma struct {
	Number      string `json:"number"`
	Institution string `json:"institution"`
	Title       string `json:"title"`
	Level       int    `json:"level"`
	Awarded     string `json:"awarded"`
}

func diplomas(random *rand.Rand, path string) error {
	levels := []struct {
		code, title string
		level       int
	}{
		{"DFE", "Diplôme de fin d'études", 4}, {"BTS", "Brevet de technicien supérieur", 5}, {"BAC", "Bachelor", 6}, {"MAS", "Master", 7}, {"DOC", "Doctorat", 8}, //nolint:misspell // French
	}
	institutions := []string{"Lycée Exemple", "Université Fictive", "École Modèle"} //nolint:misspell // French
	all := make([]diploma, count)
	for i := range all {
		l := pick(random, levels)
		awarded := day(random, 2000, 25)
		all[i] = diploma{
			Number:      fmt.Sprintf("%s/%s/%05d", l.code, awarded[:4], i+1),
			Institution: pick(random, institutions), Title: l.title, Level: l.level, Awarded: awarded,
		}
	}
	text, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

// day is a date in one of some years.
func day(random *rand.Rand, first, years int) string {
	return time.Date(first, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, random.IntN(365*years)).Format(time.DateOnly)
}

func pick[T any](random *rand.Rand, from []T) T { return from[random.IntN(len(from))] }
