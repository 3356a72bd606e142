/**
 * node:http and node:https as CommonJS gives them. An `import` of node:http evaluates each of its exports, WebSocket among them, and so loads undici:
 * 18 ms of CPU that a CommonJS app never needs (Node 24.21, measured). Everything of Baton in a worker process takes them from here.
 */
export const http = process.getBuiltinModule('node:http');
export const https = process.getBuiltinModule('node:https');
