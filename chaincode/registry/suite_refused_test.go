package registry

// refusedGroups maps the groups of the JSON-Schema-Test-Suite whose schemas a register
// may not have to a part of the sentence that refuses them.
func refusedGroups() map[string]string {
	const (
		// $id, $dynamicRef and $dynamicAnchor give a schema another base, or another
		// meaning wherever it is used.
		standsAlone = "is not allowed: a register's schema stands alone"
		twoAnchors  = "is the anchor of" // told apart by $id
		outside     = "outside of the schema"
		// Records are not trees of any height: validation has to be bounded.
		itself    = "must not contain itself"
		character = "which is not allowed" // U+0000 or U+000D
		number    = "may not keep its value"
	)
	return map[string]string{
		`anchor: Location-independent identifier with absolute URI`:                                                                                              outside,
		`anchor: Location-independent identifier with base URI change in subschema`:                                                                              standsAlone,
		`anchor: same $anchor with different base uri`:                                                                                                           twoAnchors,
		`const: float and integers are equal up to 64-bit representation limits`:                                                                                 number,
		`const: nul characters in strings`:                                                                                                                       character,
		`defs: validate definition against metaschema`:                                                                                                           outside,
		`dependentRequired: dependencies with escaped characters`:                                                                                                character,
		`dynamicRef: $dynamicRef points to a boolean schema`:                                                                                                     standsAlone,
		`dynamicRef: $dynamicRef skips over intermediate resources - direct reference`:                                                                           standsAlone,
		`dynamicRef: $ref and $dynamicAnchor are independent of order - $defs first`:                                                                             standsAlone,
		`dynamicRef: $ref and $dynamicAnchor are independent of order - $ref first`:                                                                              standsAlone,
		`dynamicRef: $ref to $dynamicRef finds detached $dynamicAnchor`:                                                                                          outside,
		`dynamicRef: A $dynamicRef resolves to the first $dynamicAnchor still in scope that is encountered when the schema is evaluated`:                         standsAlone,
		`dynamicRef: A $dynamicRef that initially resolves to a schema with a matching $dynamicAnchor resolves to the first $dynamicAnchor in the dynamic scope`: standsAlone,
		`dynamicRef: A $dynamicRef that initially resolves to a schema without a matching $dynamicAnchor behaves like a normal $ref to $anchor`:                  standsAlone,
		`dynamicRef: A $dynamicRef to a $dynamicAnchor in the same schema resource behaves like a normal $ref to an $anchor`:                                     standsAlone,
		`dynamicRef: A $dynamicRef to an $anchor in the same schema resource behaves like a normal $ref to an $anchor`:                                           standsAlone,
		`dynamicRef: A $dynamicRef with a non-matching $dynamicAnchor in the same schema resource behaves like a normal $ref to $anchor`:                         standsAlone,
		`dynamicRef: A $dynamicRef with intermediate scopes that don't include a matching $dynamicAnchor does not affect dynamic scope resolution`:               standsAlone,
		`dynamicRef: A $dynamicRef without a matching $dynamicAnchor in the same schema resource behaves like a normal $ref to $anchor`:                          standsAlone,
		`dynamicRef: A $dynamicRef without anchor in fragment behaves identical to $ref`:                                                                         standsAlone,
		`dynamicRef: A $ref to a $dynamicAnchor in the same schema resource behaves like a normal $ref to an $anchor`:                                            standsAlone,
		`dynamicRef: An $anchor with the same name as a $dynamicAnchor is not used for dynamic scope resolution`:                                                 standsAlone,
		`dynamicRef: after leaving a dynamic scope, it is not used by a $dynamicRef`:                                                                             standsAlone,
		`dynamicRef: multiple dynamic paths to the $dynamicRef keyword`:                                                                                          standsAlone,
		`dynamicRef: strict-tree schema, guards against misspelled properties`:                                                                                   standsAlone,
		`dynamicRef: tests for implementation dynamic anchor and reference link`:                                                                                 standsAlone,
		`enum: enum with escaped characters`:                                                                                                                     character,
		`enum: nul characters in strings`:                                                                                                                        character,
		`properties: properties with escaped characters`:                                                                                                         character,
		`ref: $id must be resolved against nearest parent, not just immediate parent`:                                                                            standsAlone,
		`ref: $id with file URI still resolves pointers - *nix`:                                                                                                  standsAlone,
		`ref: $id with file URI still resolves pointers - windows`:                                                                                               standsAlone,
		`ref: Recursive references between schemas`:                                                                                                              standsAlone,
		`ref: URN base URI with NSS`:                                             standsAlone,
		`ref: URN base URI with URN and JSON pointer ref`:                        standsAlone,
		`ref: URN base URI with URN and anchor ref`:                              standsAlone,
		`ref: URN base URI with q-component`:                                     standsAlone,
		`ref: URN base URI with r-component`:                                     standsAlone,
		`ref: URN ref with nested pointer ref`:                                   outside,
		`ref: order of evaluation: $id and $anchor and $ref`:                     twoAnchors,
		`ref: order of evaluation: $id and $ref`:                                 standsAlone,
		`ref: ref to else`:                                                       outside,
		`ref: ref to if`:                                                         outside,
		`ref: ref to then`:                                                       outside,
		`ref: ref with absolute-path-reference`:                                  standsAlone,
		`ref: refs with relative uris and defs`:                                  standsAlone,
		`ref: relative refs with absolute uris and defs`:                         standsAlone,
		`ref: remote ref, containing refs itself`:                                outside,
		`ref: root pointer ref`:                                                  itself,
		`ref: simple URN base URI with $ref via the URN`:                         standsAlone,
		`ref: simple URN base URI with JSON pointer`:                             standsAlone,
		`refRemote: $ref to $ref finds detached $anchor`:                         outside,
		`refRemote: Location-independent identifier in remote ref`:               outside,
		`refRemote: anchor within remote ref`:                                    outside,
		`refRemote: base URI change`:                                             standsAlone,
		`refRemote: base URI change - change folder`:                             standsAlone,
		`refRemote: base URI change - change folder in subschema`:                standsAlone,
		`refRemote: fragment within remote ref`:                                  outside,
		`refRemote: ref within remote ref`:                                       outside,
		`refRemote: remote HTTP ref with different $id`:                          outside,
		`refRemote: remote HTTP ref with different URN $id`:                      outside,
		`refRemote: remote HTTP ref with nested absolute ref`:                    outside,
		`refRemote: remote ref`:                                                  outside,
		`refRemote: remote ref with ref to defs`:                                 standsAlone,
		`refRemote: retrieved nested refs resolve relative to their URI not $id`: standsAlone,
		`refRemote: root ref in remote ref`:                                      standsAlone,
		`required: required with escaped characters`:                             character,
		`unevaluatedItems: unevaluatedItems with $dynamicRef`:                    standsAlone,
		`unevaluatedProperties: unevaluatedProperties + single cyclic ref`:       itself,
		`unevaluatedProperties: unevaluatedProperties with $dynamicRef`:          standsAlone,
	}
}
