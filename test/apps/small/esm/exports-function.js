export default (request, response) => response.end(`called ${request.url}`);
