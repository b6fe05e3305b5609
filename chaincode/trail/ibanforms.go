package trail

// ibanForm returns how many characters an IBAN of a country has, 0 where there are none,
// and whether all but the first two are digits. It follows the IBAN registry (ISO 13616,
// kept by SWIFT). Without it, one in 1,800 random trace ids would look like an IBAN.
func ibanForm(country string) (length int, digits bool) {
	if length = ibanOfDigits(country); length > 0 {
		return length, true
	}
	return ibanOfLetters(country), false
}

func ibanOfDigits(country string) int {
	switch country {
	case "NO":
		return 15
	case "BE":
		return 16
	case "DK", "FI", "FO", "GL", "SD":
		return 18
	case "SI":
		return 19
	case "AT", "BA", "EE", "LT", "MN", "XK":
		return 20
	case "HR":
		return 21
	case "CR", "DE", "ME", "RS", "VA":
		return 22
	case "AE", "IL", "SO", "TL":
		return 23
	case "CZ", "ES", "SE", "SK", "TN":
		return 24
	case "LY", "PT", "ST":
		return 25
	case "IS":
		return 26
	case "BI", "DJ", "MR":
		return 27
	case "HU", "PL":
		return 28
	case "EG":
		return 29
	}
	return 0
}

func ibanOfLetters(country string) int {
	switch country {
	case "FK", "NL":
		return 18
	case "MK":
		return 19
	case "KZ", "LU":
		return 20
	case "CH", "LI", "LV":
		return 21
	case "BG", "BH", "GB", "GE", "IE":
		return 22
	case "GI", "IQ", "OM":
		return 23
	case "AD", "MD", "PK", "RO", "SA", "VG":
		return 24
	case "TR":
		return 26
	case "FR", "GR", "IT", "MC", "SM":
		return 27
	case "AL", "AZ", "BY", "CY", "DO", "GT", "HN", "LB", "NI", "SV":
		return 28
	case "BR", "PS", "QA", "UA":
		return 29
	case "JO", "KW", "MU", "YE":
		return 30
	case "MT", "SC":
		return 31
	case "LC":
		return 32
	case "RU":
		return 33
	}
	return 0
}
