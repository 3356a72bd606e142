import { head, type SurfaceCase, simple, withBody } from '../surface-case.ts';

const POST = { methods: ['POST'] };

/** Expect. */
export const expect: readonly SurfaceCase[] = [
  {
    title: 'a client that waits for 100 before its body',
    steps: [
      { send: head('POST', '/echo', 'Content-Length: 4', 'Expect: 100-continue') },
      { until: /100 Continue\r\n\r\n/ },
      { send: 'body' },
    ],
    ...POST,
  },
  simple('a client that does not wait for 100', withBody('POST', '/echo', 'body', 'Expect: 100-continue'), POST),
  simple('Expect: 100-Continue in capitals', withBody('POST', '/count', 'body', 'Expect: 100-Continue'), POST),
  simple('Expect on a request without a body', head('GET', '/hello', 'Expect: 100-continue')),
  simple('an expectation nobody knows', head('GET', '/hello', 'Expect: the-unexpected'), { ids: [] }),
  simple(
    'Expect of an HTTP/1.0 client',
    'POST /count HTTP/1.0\r\nX-Case: %CASE%\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\nbody',
    POST,
  ),
];

/** Expect, for an app with listeners of its own. */
export const expectListeners: readonly SurfaceCase[] = [
  {
    title: 'checkContinue accepts',
    steps: [
      { send: head('POST', '/echo', 'Content-Length: 4', 'Expect: 100-continue') },
      { until: /100 Continue\r\n\r\n/ },
      { send: 'body' },
    ],
    ...POST,
  },
  simple('checkContinue refuses', head('POST', '/echo', 'Content-Length: 4', 'Expect: 100-continue', 'X-Refuse: 1'), { ...POST, ids: [] }),
  simple('checkExpectation answers', head('GET', '/hello', 'Expect: something'), { ids: [] }),
];
