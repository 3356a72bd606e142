/** `steady`: nothing else happens; `recycling`: the app's pool is recycled every 2 s meanwhile. */
export type Round = 'steady' | 'recycling';

/** What came of one case against one server. */
export interface CaseResult {
  /** Stable over runs and servers. */
  readonly id: string;
  /** Where the demand is written: "RFC 9112, 6.3". */
  readonly section: string;
  readonly title: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** What the server did, in a few words that do not change between runs: compared between us and plain Node. */
  readonly observed: string;
  /** What was expected and what came; empty when passed. */
  readonly detail: string;
}

/** What a suite's app and servers get of the machine. */
export interface Place {
  /** For certificates, logs of the app and the like; gone afterwards. */
  readonly dir: string;
  readonly port: number;
  readonly tlsPort: number;
}

/** The server that is asked: the app hosted by Baton, or the same app run by Node alone. */
export interface Target extends Place {
  readonly who: 'baton' | 'node';
  readonly round: Round;
  readonly host: string;
}

/** A plain JavaScript program, run with PORT, TLS_PORT and CONFORMANCE_DIR in its environment. */
export interface Peer {
  readonly entry: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * A set of cases about one protocol. docs: test/conformance/README.md.
 *
 * - `Tool` is what `prepare` found: a path, a client, or nothing.
 */
export interface Suite<Tool = unknown> {
  /** Names it on the command line and its file in out/. */
  readonly name: string;
  readonly title: string;
  /** Where the cases come from. */
  readonly source: string;
  readonly rounds: readonly Round[];
  /** `all`: every failed case of ours fails the run; `as-node`: only one that plain Node passes. */
  readonly demands: 'all' | 'as-node';
  /** Why we do something else than plain Node, by case id; a difference that is not here fails the run. */
  readonly differences: Readonly<Record<string, string>>;
  /** Finds, installs or builds the tool; throws one line that says what is missing. */
  prepare(say: (line: string) => void): Promise<Tool>;
  /** baton.yaml, with one pool named "app"; certificates may be written to `place.dir`. */
  config(place: Place): string | Promise<string>;
  /** The same app for Node alone, which has to take connections on `place.port`. */
  peer(place: Place): Peer | Promise<Peer>;
  run(target: Target, tool: Tool): Promise<readonly CaseResult[]>;
}

/** What a suite came to: a row for each server and round, or why it did not run. */
export interface SuiteReport {
  readonly suite: string;
  readonly title: string;
  readonly source: string;
  /** The one line that says what is missing; the rows are empty then. */
  readonly missing: string | undefined;
  readonly rows: readonly Row[];
  /** Lines that say why the suite did not hold; empty when it did. */
  readonly faults: readonly string[];
  /** Cases in which we and plain Node do different things, with the reason. */
  readonly differences: readonly Difference[];
}

export interface Row {
  readonly who: 'baton' | 'node';
  readonly round: Round;
  /** Passes through the whole suite; a recycling round repeats it until enough recycles have completed. */
  readonly passes: number;
  readonly cases: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Completed while the row was measured. */
  readonly recycles: number;
  readonly results: readonly CaseResult[];
}

export interface Difference {
  readonly id: string;
  readonly section: string;
  readonly title: string;
  readonly ours: string;
  readonly node: string;
  /** Undefined: nobody has explained it. */
  readonly reason: string | undefined;
}
