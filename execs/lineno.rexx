/* LINENO REXX: a stage that puts its number before each record */
signal on error
do number = 1
   'peekto record'
   'output' right(number, 6) record
   'readto'
end
error: exit rc * (rc <> 12)
